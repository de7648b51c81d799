// Fails if the served schema breaks clients of the last release: of the last tag, or of the contract if there is no
// tag. Also fails if schema/releases/ does not contain the contract of the last tag.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { installTools, requireTool } from './codegen-tools.js';

installTools();
const { CriticalityLevel, diff } = requireTool('@graphql-inspector/core');
const { buildSchema } = requireTool('graphql');

const contract = 'schema/contract.graphql';
const git = (...given) => execFileSync('git', given, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();

function released() {
  try {
    const tag = git('describe', '--tags', '--abbrev=0');
    return { name: tag, text: git('show', `${tag}:schema/schema.graphql`) };
  } catch {
    return { name: contract, text: readFileSync(contract, 'utf8') };
  }
}

const { name, text } = released();
const stored = `schema/releases/${name.replace(/^v/, '')}.graphql`;
const isMissing = name !== contract && !existsSync(stored);
if (isMissing)
  process.stderr.write(`${stored} is missing. Check out ${name}, and run node bin/schema-changes.js --release.\n`);
const changes = await diff(buildSchema(text), buildSchema(readFileSync('schema/schema.graphql', 'utf8')));
const breaking = changes.filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking);
for (const { message, criticality } of breaking) process.stderr.write(`${message}. ${criticality.reason ?? ''}\n`);
process.stdout.write(`${changes.length} changes since ${name}, ${breaking.length} of them breaking.\n`);
process.exit(isMissing || breaking.length > 0 ? 1 : 0);
