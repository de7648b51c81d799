// The tools of code generation have their own lock file, because most installations of the product do not need them.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder in which the tools are installed. */
export const directory = fileURLToPath(new URL('../codegen', import.meta.url));

/** Installs the tools if they are missing. Exits the process if npm fails. */
export function installTools() {
  if (existsSync(join(directory, 'node_modules'))) return;
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { status } = spawnSync(npm, ['ci', '--prefix', directory, '--no-audit', '--no-fund'], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

/** Resolves packages from the folder of the tools. */
export const requireTool = createRequire(join(directory, 'package.json'));
