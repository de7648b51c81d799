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

describe('casts', () => {
  /** Lines of `src`, without generated files. */
  const lines = files
    .filter((path) => !path.endsWith('generated.ts'))
    .flatMap((path) => {
      const all = readFileSync(path, 'utf8').split('\n');
      return all.map((text, n) => ({ text, before: all[n - 1] ?? '', place: `${relative(root, path)}:${n + 1}` }));
    });
  const isComment = (text: string) => /^\s*(\/\/|\/?\*)/.test(text);

  test('values are assigned to an entity one by one, or all at once by `create`', () => {
    const found = lines.filter(({ text }) => text.includes('Object.assign('));
    expect(found.length > 5 ? found.map(({ place }) => place) : []).toEqual([]);
  });

  test('a cast past the compiler has its reason in a comment, and there are at most twelve', () => {
    const found = lines.filter(({ text }) => !isComment(text) && /\bas unknown as\b|\bas never\b/.test(text));
    const unexplained = found.filter(({ text, before }) => !isComment(before) && !text.includes('// '));
    expect(unexplained.map(({ place }) => place)).toEqual([]);
    expect(found.length > 12 ? found.map(({ place }) => place) : []).toEqual([]);
  });

  test('no function does nothing but cast', () => {
    const cast = /\(?[\w.]+ as (?!const\b)[^()]+;$/;
    const arrow = new RegExp(`=> ${cast.source}`);
    const found = lines.filter(({ text, before }) => {
      const isBody = new RegExp(`^\\s*(return )?${cast.source}`).test(text) && /(\) \{|: [^=]+ \{|=>)$/.test(before);
      return arrow.test(text) || (isBody && !/^\s*(if|for|while|\} else)\b/.test(before));
    });
    expect(found.map(({ place, text }) => `${place} ${text.trim()}`)).toEqual([]);
  });
});

describe('statements', () => {
  test('bind their values by fragments; only storage and its tools number them by hand', () => {
    const byHand = ['src/storage/', 'src/cli/', 'src/events/wires/'];
    const numbered = files.filter((path) => /(= |any\(|values \(|[<>] )\$\d/.test(readFileSync(path, 'utf8')));
    const shown = numbered.map((path) => relative(root, path));
    expect(shown.filter((path) => !byHand.some((folder) => path.startsWith(folder)))).toEqual([]);
  });

  test('are fragments, not texts, outside of storage and of the wires, which speak to the driver', () => {
    const toDriver = ['src/storage/', 'src/cli/', 'src/events/wires/'];
    const text = /\b(session|database|unscoped)\.(query|run|rows|probe)(<[^(]*>)?\(\s*(\w+,\s*)?['`]/;
    const sending = files.filter((path) => text.test(readFileSync(path, 'utf8'))).map((path) => relative(root, path));
    expect(sending.filter((path) => !toDriver.some((folder) => path.startsWith(folder)))).toEqual([]);
  });
});
