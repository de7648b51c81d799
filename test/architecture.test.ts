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

const rows = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8').matchAll(/^\| `([\w./-]+?)\/?` \|[^|]*\|([^|]*)\|$/gm);
/** Modules of the table, each with the modules that it may import. */
const allowed = new Map([...rows].map(([, module = '', list = '']) => [module, new Set(list.trim().split(/\s+/))]));
const modules = [...allowed.keys()].sort((a, b) => b.length - a.length);

/** Returns the module of a file: the longest path of the table that the file's path begins with. */
function moduleOf(path: string): string {
  const name = relative(source, path).replace(/\.js$/, '.ts');
  return modules.find((module) => name === module || name.startsWith(`${module}/`)) ?? name;
}

function importsOf(path: string, text: string): string[] {
  return [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, target = '']) =>
    resolve(dirname(path), target),
  );
}

const importedModules = (path: string): string[] =>
  importsOf(path, readFileSync(path, 'utf8'))
    .filter((target) => target.startsWith(source))
    .map(moduleOf)
    .filter((module) => module !== moduleOf(path));

interface Source {
  path: string;
  text: string;
}
const sources: Source[] = files.map((path) => ({ path, text: readFileSync(path, 'utf8') }));

/** Returns the imports that the table does not allow. */
function wrongImports(read: readonly Source[]): string[] {
  return read.flatMap(({ path, text }) => {
    const module = moduleOf(path);
    return importsOf(path, text)
      .filter((target) => target.startsWith(source))
      .map(moduleOf)
      .filter((target) => target !== module && !allowed.get(module)?.has(target))
      .map((target) => `${relative(root, path)} imports ${target}`);
  });
}

/** Returns the names that import themselves, directly or through others. */
function inCycles(imports: ReadonlyMap<string, readonly string[]>): string[] {
  return [...imports.keys()].filter((name) => {
    const reached = new Set<string>();
    const next = [...(imports.get(name) ?? [])];
    for (let at = next.pop(); at !== undefined; at = next.pop()) {
      if (reached.has(at)) continue;
      reached.add(at);
      next.push(...(imports.get(at) ?? []));
    }
    return reached.has(name);
  });
}

/** Returns the files that import themselves through others. */
const filesInCycles = (read: readonly Source[]): string[] =>
  inCycles(
    new Map(
      read.map(({ path, text }) => [
        relative(root, path),
        importsOf(path, text).map((target) => relative(root, target).replace(/\.js$/, '.ts')),
      ]),
    ),
  );

describe('the modules of ARCHITECTURE.md', () => {
  test('the table names every module, and no other', () => {
    expect([...new Set(files.map(moduleOf))].sort()).toEqual([...allowed.keys()].sort());
  });

  test('each path that the page names exists', () => {
    const page = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
    const named = [...page.matchAll(/`([\w./-]+\/[\w-]+\.ts)`/g)].map(([, path = '']) => path);
    const known = new Set(
      [...files, ...filesIn(join(root, 'test')), ...filesIn(join(root, 'migrations'))].map((path) =>
        relative(root, path),
      ),
    );
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter((path) => !known.has(path) && !known.has(`src/${path}`))).toEqual([]);
  });

  test('no import leaves a module for one that the table does not allow', () => {
    expect(wrongImports(sources)).toEqual([]);
  });

  test('a planted import is found', () => {
    const planted = { path: join(source, 'kernel/planted.ts'), text: "import type { Tx } from '../access/write.js';" };
    expect(wrongImports([planted])).toEqual(['src/kernel/planted.ts imports access']);
  });

  test('no modules import each other, directly or through others', () => {
    const imports = new Map(
      [...allowed.keys()].map((module) => [
        module,
        files.filter((path) => moduleOf(path) === module).flatMap(importedModules),
      ]),
    );
    expect(inCycles(imports)).toEqual([]);
  });

  test('no files import each other, directly or through others', () => {
    expect(filesInCycles(sources)).toEqual([]);
  });

  test('a planted cycle is found, through type imports too', () => {
    const planted = [
      { path: join(source, 'kernel/a.ts'), text: "import type { B } from './b.js';" },
      { path: join(source, 'kernel/b.ts'), text: "export const c = () => import('./c.js');" },
      { path: join(source, 'kernel/c.ts'), text: "export { a } from './a.js';" },
      { path: join(source, 'kernel/d.ts'), text: "import { a } from './a.js';" },
    ];
    expect(filesInCycles(planted)).toEqual(['src/kernel/a.ts', 'src/kernel/b.ts', 'src/kernel/c.ts']);
  });

  test('no file has more than 300 lines', () => {
    const written = files.filter((path) => !path.endsWith('generated.ts'));
    const long = written.filter((path) => readFileSync(path, 'utf8').split('\n').length > 301);
    expect(long.map((path) => relative(root, path))).toEqual([]);
  });

  test('only entities, their parts and the GraphQL adapter import type-graphql', () => {
    const knowing = files.filter((path) => /from 'type-graphql'/.test(readFileSync(path, 'utf8')));
    const wrong = knowing.filter((path) => {
      const text = readFileSync(path, 'utf8');
      return (
        moduleOf(path) !== 'adapters/graphql' &&
        !path.endsWith('kernel/node.ts') &&
        !/@(Entity|ObjectType)\(/.test(text)
      );
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

  test('values are assigned to an entity one by one, or by `create`', () => {
    const found = lines.filter(({ text }) => text.includes('Object.assign('));
    expect(found.length > 5 ? found.map(({ place }) => place) : []).toEqual([]);
  });

  test('each unchecked cast has a comment with its reason, and there are at most twelve', () => {
    const found = lines.filter(({ text }) => !isComment(text) && /\bas unknown as\b|\bas never\b/.test(text));
    const unexplained = found.filter(({ text, before }) => !isComment(before) && !text.includes('// '));
    expect(unexplained.map(({ place }) => place)).toEqual([]);
    expect(found.length > 12 ? found.map(({ place }) => place) : []).toEqual([]);
  });

  test('no function only casts its argument', () => {
    const cast = /\(?[\w.]+ as (?!const\b)[^()]+;$/;
    const arrow = new RegExp(`=> ${cast.source}`);
    const found = lines.filter(({ text, before }) => {
      const isBody = new RegExp(`^\\s*(return )?${cast.source}`).test(text) && /(\) \{|: [^=]+ \{|=>)$/.test(before);
      return arrow.test(text) || (isBody && !/^\s*(if|for|while|\} else)\b/.test(before));
    });
    expect(found.map(({ place, text }) => `${place} ${text.trim()}`)).toEqual([]);
  });
});

describe('tables', () => {
  const entities = new Map(
    sources.flatMap(({ path, text }) =>
      [...text.matchAll(/@Entity\('(\w+)'\)[\s\S]*?export class (\w+)/g)].map(([, table = '', name = '']) => [
        table,
        { name, module: moduleOf(path) },
      ]),
    ),
  );
  /** Returns the file without comments and without its declaration of entities. */
  const codeOf = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const isStatement = (text: string) => /\bsql`|\.(query|run)\(/.test(text);

  /** Returns the tables that a file changes: in SQL, or through its entity. */
  function written({ text }: Source): string[] {
    const code = codeOf(text);
    return [...entities].flatMap(([table, { name }]) => {
      const inSql = new RegExp(`\\b(insert into|update|delete from|truncate)\\s+(only )?${table}\\b`);
      const byEntity = new RegExp(
        `\\.(insert|save|update|holdAll|delete|upsert|remove|increment|into)(<[^>]*>)?\\(\\s*${name}\\b|getRepository\\(${name}\\)`,
      );
      return inSql.test(code) || byEntity.test(code) ? [table] : [];
    });
  }

  /** Returns the tables that the statements of a file name. */
  function named({ text }: Source): string[] {
    const code = codeOf(text);
    if (!isStatement(code)) return [];
    return [...entities.keys()].filter((table) =>
      new RegExp(`\\b(from|join|using|into|update|table)\\s+(only )?${table}\\b`).test(code),
    );
  }

  const foreign = (read: readonly Source[]) =>
    read.flatMap((file) => {
      const module = moduleOf(file.path);
      return named(file)
        .filter((table) => {
          const owner = entities.get(table)?.module ?? '';
          return owner !== module && !allowed.get(module)?.has(owner);
        })
        .map((table) => `${relative(root, file.path)} names ${table}`);
    });
  const secondWriters = (read: readonly Source[]) =>
    read.flatMap((file) =>
      written(file)
        .filter((table) => entities.get(table)?.module !== moduleOf(file.path))
        .map((table) => `${relative(root, file.path)} writes ${table}`),
    );

  test('a table is written by the module of its entity only', () => {
    expect(entities.size).toBeGreaterThan(35);
    expect(secondWriters(sources)).toEqual([]);
  });

  test('a table is named only by modules that may import the module of its entity', () => {
    expect(foreign(sources)).toEqual([]);
  });

  test('a planted table name and a planted write are found', () => {
    const path = join(source, 'access/planted.ts');
    expect(foreign([{ path, text: 'sql`select 1 from users u`' }])).toEqual(['src/access/planted.ts names users']);
    expect(secondWriters([{ path, text: 'sql`update users set active = false`' }])).toHaveLength(1);
    expect(secondWriters([{ path, text: 'await tx.manager.delete(Domain, { id });' }])).toHaveLength(1);
  });
});

describe('statements', () => {
  test('bind values with fragments; only storage and its tools number parameters by hand', () => {
    const byHand = ['src/storage/', 'src/cli/', 'src/events/wires/'];
    const numbered = files.filter((path) => /(= |any\(|values \(|[<>] )\$\d/.test(readFileSync(path, 'utf8')));
    const shown = numbered.map((path) => relative(root, path));
    expect(shown.filter((path) => !byHand.some((folder) => path.startsWith(folder)))).toEqual([]);
  });

  test('are fragments, not texts, outside of storage and the transports of hints, which use the driver directly', () => {
    const toDriver = ['src/storage/', 'src/cli/', 'src/events/wires/'];
    const text = /\b(session|database|unscoped)\.(query|run|rows|probe)(<[^(]*>)?\(\s*(\w+,\s*)?['`]/;
    const sending = files.filter((path) => text.test(readFileSync(path, 'utf8'))).map((path) => relative(root, path));
    expect(sending.filter((path) => !toDriver.some((folder) => path.startsWith(folder)))).toEqual([]);
  });
});
