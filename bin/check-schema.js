// Fails if the served schema breaks clients of the last release: of the last tag, or of the contract if there is no
// tag.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { installTools, requireTool } from './codegen-tools.js';

installTools();
const { CriticalityLevel, diff } = requireTool('@graphql-inspector/core');
const { buildSchema } = requireTool('graphql');

const git = (...given) => execFileSync('git', given, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();

function released() {
  try {
    const tag = git('describe', '--tags', '--abbrev=0');
    return { name: tag, text: git('show', `${tag}:schema/schema.graphql`) };
  } catch {
    return { name: 'schema/contract.graphql', text: readFileSync('schema/contract.graphql', 'utf8') };
  }
}

const { name, text } = released();
const changes = await diff(buildSchema(text), buildSchema(readFileSync('schema/schema.graphql', 'utf8')));
const breaking = changes.filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking);
for (const { message, criticality } of breaking) process.stderr.write(`${message}. ${criticality.reason ?? ''}\n`);
process.stdout.write(`${changes.length} changes since ${name}, ${breaking.length} of them breaking.\n`);
process.exit(breaking.length > 0 ? 1 : 0);
