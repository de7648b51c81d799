// Generates the types of the client. codegen.ts contains the configuration.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { directory, installTools } from './codegen-tools.js';

installTools();
const program = join(directory, 'node_modules', '@graphql-codegen', 'cli', 'cjs', 'bin.js');
const { status } = spawnSync(process.execPath, [program, '--config', '../codegen.ts'], {
  cwd: directory,
  stdio: 'inherit',
});
process.exit(status ?? 1);
