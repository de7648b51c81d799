import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse, buildSchema as parseSchema, validate } from 'graphql';

/** The part of the schema that callers can rely on: an example must not select a field outside it. */
const contract = parseSchema(readFileSync('schema/contract.graphql', 'utf8'));

interface Documented {
  name: string;
  text: string;
}

const filesOf = (folder: string, ending: string) =>
  readdirSync(folder, { recursive: true })
    .map((name) => `${folder}/${name}`)
    .filter((name) => name.endsWith(ending))
    .sort();

/** Returns the blocks of GraphQL in a page, and the documents in the bodies of its curl commands. */
function inPage(file: string): Documented[] {
  const page = readFileSync(file, 'utf8');
  const blocks = [...page.matchAll(/```graphql\n([\s\S]*?)```/g)].map(([, text = '']) => text);
  const bodies = [...page.matchAll(/-d (?:'(\{"query".*\})'|"(\{\\"query.*\})")/g)].map(([, plain, quoted]) => {
    // A shell removes one level of backslashes between double quotes.
    const body = plain ?? quoted?.replace(/\\([\\"])/g, '$1') ?? '';
    return (JSON.parse(body) as { query: string }).query;
  });
  return [...blocks, ...bodies].map((text, n) => ({ name: `${file}, document ${n + 1}`, text }));
}

const pages = ['README.md', ...filesOf('docs', '.md')];
const documents: Documented[] = [
  ...pages.flatMap(inPage),
  ...filesOf('schema/operations', '.graphql').map((name) => ({ name, text: readFileSync(name, 'utf8') })),
];

describe('each documented operation is valid against the contract alone', () => {
  test('all pages with examples are read', () => {
    const read = new Set(documents.map(({ name }) => name.split(',')[0]));
    expect([...read]).toEqual(expect.arrayContaining(['README.md', 'docs/graphql.md', 'docs/events.md']));
    const commands = pages.flatMap((file) => readFileSync(file, 'utf8').match(/-d .*"query/g) ?? []);
    const blocks = pages.flatMap((file) => readFileSync(file, 'utf8').match(/```graphql/g) ?? []);
    expect(pages.flatMap(inPage)).toHaveLength(commands.length + blocks.length);
  });

  test.each(documents)('$name', ({ text }) => {
    expect(validate(contract, parse(text)).map(({ message }) => message)).toEqual([]);
  });
});
