import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { lockDirectory } from '../../src/storage/directory-lock.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lock-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const lockFiles = () => readdirSync(directory).filter((name) => name.startsWith('rollcall-lock-'));
const module = fileURLToPath(new URL('../../dist/src/storage/directory-lock.js', import.meta.url));

/** Starts a process that tries to lock the directory, prints the result, and keeps running. */
function taker(path = directory) {
  const program = `import { lockDirectory } from ${JSON.stringify(module)};
    lockDirectory(${JSON.stringify(path)}).then(() => console.log('taken'), (error) => console.log(error.message));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = once(child.stdout, 'data').then(([chunk]) => String(chunk).trim());
  const kill = async () => {
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  };
  return { child, said, kill };
}

/** Writes the lock file of a process on another machine. */
function leave(holder: Record<string, unknown>, ageSeconds: number, text?: string) {
  const path = join(directory, 'rollcall-lock-7');
  const boot = 'e0000000-0000-0000-0000-00000000000e';
  const left = {
    id: 'x',
    pid: 1,
    host: 'elsewhere',
    boot,
    space: 'pid:[1]',
    started: '5',
    socket: null,
    released: false,
  };
  writeFileSync(path, text ?? JSON.stringify({ ...left, ...holder }));
  const at = new Date(Date.now() - ageSeconds * 1_000);
  utimesSync(path, at, at);
}

describe('a directory', () => {
  test('can be locked once, and again after a release', async () => {
    const unlock = await lockDirectory(directory);
    await expect(lockDirectory(directory)).rejects.toThrow(`in use by the process ${process.pid} on the host`);
    unlock();
    (await lockDirectory(directory))();
    expect(lockFiles()).toHaveLength(1);
    expect(readdirSync(directory)).toHaveLength(1);
  });

  test('stays locked while its process is stopped, and can be locked at once after the process is killed', async () => {
    const other = taker();
    expect(await other.said).toBe('taken');
    other.child.kill('SIGSTOP');
    await expect(lockDirectory(directory)).rejects.toThrow('in use by the process');
    await other.kill();
    (await lockDirectory(directory))();
  });

  test('is locked by exactly one of many processes that find the lock of a dead process', async () => {
    const dead = taker();
    await dead.said;
    await dead.kill();
    const all = Array.from({ length: 6 }, () => taker());
    const said = await Promise.all(all.map((one) => one.said));
    expect(said.filter((text) => text === 'taken')).toHaveLength(1);
    expect(said.filter((text) => text.includes('in use by the process'))).toHaveLength(5);
    await Promise.all(all.map((one) => one.kill()));
  });

  test('can be locked if its path is too long for a socket', async () => {
    const long = join(directory, 'a'.repeat(60), 'b'.repeat(60));
    const other = taker(long);
    expect(await other.said).toBe('taken');
    await expect(lockDirectory(long)).rejects.toThrow('in use by the process');
    await other.kill();
    (await lockDirectory(long))();
  });
});

describe('a lock of an ended process', () => {
  test('with the pid of another running program is replaced', async () => {
    const left = taker();
    await left.said;
    const [name = ''] = lockFiles();
    await left.kill();
    const path = join(directory, name);
    const holder = JSON.parse(readFileSync(path, 'utf8'));
    // Without a socket, as on a file system without sockets, the pid and its start time are compared.
    writeFileSync(path, JSON.stringify({ ...holder, socket: null, pid: process.pid }));
    (await lockDirectory(directory))();
  });

  test.each(['1', String(process.ppid)])('of an earlier version, with the pid %s, is replaced', async (pid) => {
    writeFileSync(join(directory, 'rollcall.pid'), pid);
    (await lockDirectory(directory))();
  });

  test.each([
    ['on another machine', {}, undefined],
    ['on another machine, with a socket', { socket: 'rollcall-x.sock' }, undefined],
    ['in a form that is unknown', {}, 'x'],
    ['empty', {}, ''],
  ])('%s, refreshed recently, is refused with the next step', async (_name, holder, text) => {
    leave(holder, 20, text);
    await expect(lockDirectory(directory)).rejects.toThrow(
      /was in use by .* (19|2\d) seconds ago, .*start again in (3\d|4\d) seconds, or delete the file .*rollcall-lock-7\./,
    );
  });

  test('of another machine, refreshed long ago, is replaced', async () => {
    leave({}, 120);
    (await lockDirectory(directory))();
    expect(lockFiles()).toEqual(['rollcall-lock-8']);
  });
});

test('a directory that cannot be created is refused with the reason', async () => {
  const file = join(directory, 'file');
  writeFileSync(file, '');
  await expect(lockDirectory(join(file, 'data'))).rejects.toThrow(/cannot be used: a part of its path is a file/);
});
