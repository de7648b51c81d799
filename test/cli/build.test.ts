import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

/** Creates a checkout whose compiler only prints that it runs and writes the result. */
function checkout(): string {
  const root = mkdtempSync(join(tmpdir(), 'rollcall-build-'));
  for (const folder of ['bin', 'src', 'node_modules/typescript/bin'])
    mkdirSync(join(root, folder), { recursive: true });
  cpSync('bin/build.js', join(root, 'bin/build.js'));
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  writeFileSync(join(root, 'src/main.ts'), '');
  const compiler =
    "import { mkdirSync, writeFileSync } from 'node:fs'; process.stderr.write('compiler runs'); mkdirSync('dist/src', { recursive: true }); writeFileSync('dist/src/main.js', '');";
  writeFileSync(join(root, 'node_modules/typescript/bin/tsc'), compiler);
  writeFileSync(join(root, 'node_modules/typescript/package.json'), '{"type":"module"}');
  return root;
}

test('the first start prints a line before it compiles, and later starts print nothing', () => {
  const root = checkout();
  const { stdout, stderr } = spawnSync(process.execPath, [join(root, 'bin/build.js')], { cwd: root, encoding: 'utf8' });
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^Compiling .*\.\ncompiler runs$/);
  expect(spawnSync(process.execPath, [join(root, 'bin/build.js')], { cwd: root, encoding: 'utf8' }).stderr).toBe('');
});
