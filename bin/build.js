// Compiles the product if `dist/` is missing or older than the sources, so that `npm ci && npm start` is sufficient.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const stamp = join(root, 'dist', 'src', 'main.js');

/** Returns the newest modification time below `path`, in milliseconds. */
function newest(path) {
  if (!existsSync(path)) return 0;
  if (statSync(path).isFile()) return statSync(path).mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
}

/** Builds the product if needed. Exits the process with a message if the compiler fails. */
export function build({ force = false } = {}) {
  const sources = ['src', 'migrations', 'demo', 'bench', 'tsconfig.json', 'tsconfig.build.json'];
  // An installed package contains dist/ and no sources, so there is nothing to compare.
  if (!existsSync(join(root, 'src'))) return;
  const built = existsSync(stamp) ? statSync(stamp).mtimeMs : 0;
  if (!force && built > Math.max(...sources.map((name) => newest(join(root, name))))) return;
  // On standard error, because standard output can be piped, as in `rollcall schema`.
  process.stderr.write('Compiling Rollcall. This takes up to a minute, and only after the sources have changed.\n');
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    process.stderr.write('The build failed. Run `npm ci` and try again.\n');
    process.exit(1);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build({ force: process.argv.includes('--force') });
