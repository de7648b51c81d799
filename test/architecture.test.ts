import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const source = join(root, 'src');

function filesIn(directory: string): string[] {
  return readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    return statSync(path).isDirectory() ? filesIn(path) : path.endsWith('.ts') ? [path] : [];
  });
}
const files = filesIn(source);
const roomOf = (path: string) =>
  relative(source, path)
    .split('/')[0]
    ?.replace(/\.[tj]s$/, '') ?? '';

const rows = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8').matchAll(
  /^\| `([\w.-]+?)(?:\.ts|\/)` +\|[^|]*\|([^|]*)\|$/gm,
);
const allowed = new Map([...rows].map(([, room = '', list = '']) => [room, new Set(list.trim().split(/\s+/))]));

function importsOf(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  return [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, target = '']) =>
    resolve(dirname(path), target),
  );
}

describe('the rooms of ARCHITECTURE.md', () => {
  test('the table names every room', () => {
    expect([...allowed.keys()].sort()).toEqual([...new Set(files.map(roomOf))].sort());
  });

  test('no import leaves a room for one that the table does not allow', () => {
    const broken = files.flatMap((path) => {
      const room = roomOf(path);
      return importsOf(path)
        .filter((target) => target.startsWith(source))
        .map(roomOf)
        .filter((target) => target !== room && !allowed.get(room)?.has(target))
        .map((target) => `${relative(root, path)} imports ${target}`);
    });
    expect(broken).toEqual([]);
  });

  test('no file has more than 300 lines', () => {
    const written = files.filter((path) => !path.endsWith('generated.ts'));
    const long = written.filter((path) => readFileSync(path, 'utf8').split('\n').length > 301);
    expect(long.map((path) => relative(root, path))).toEqual([]);
  });

  test('only entities, their parts and the GraphQL door know type-graphql', () => {
    const knowing = files.filter((path) => /from 'type-graphql'/.test(readFileSync(path, 'utf8')));
    const wrong = knowing.filter((path) => {
      const text = readFileSync(path, 'utf8');
      return roomOf(path) !== 'graphql' && roomOf(path) !== 'node' && !/@(Entity|ObjectType)\(/.test(text);
    });
    expect(wrong.map((path) => relative(root, path))).toEqual([]);
  });
});
