import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { buildSchema } from 'graphql';

const page = readFileSync('docs/schema-changes.md', 'utf8');
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const releases = readdirSync('schema/releases')
  .map((name) => name.replace('.graphql', ''))
  .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));

test('docs/schema-changes.md has a section for each release, with its ratings', () => {
  const headings = [...page.matchAll(/^## (\S+)/gm)].map(([, heading]) => heading);
  const open = releases.includes(version) ? 'Unreleased' : version;
  expect([...headings].sort()).toEqual([...releases.filter((release) => release !== '0.0.0'), open].sort());
  for (const rating of ['Breaking', 'Dangerous', 'Safe'])
    expect(page.match(new RegExp(`^### ${rating}`, 'gm'))).toHaveLength(headings.length);
});

test.each(releases)('the stored contract of %s is a valid schema', (release) => {
  expect(buildSchema(readFileSync(`schema/releases/${release}.graphql`, 'utf8')).getQueryType()).toBeDefined();
});

test('the newest section names each field of the contract that is new', () => {
  const before = buildSchema(readFileSync(`schema/releases/${releases.at(-1)}.graphql`, 'utf8'));
  const now = buildSchema(readFileSync('schema/contract.graphql', 'utf8'));
  const known = Object.keys(before.getQueryType()?.getFields() ?? {});
  const added = Object.keys(now.getQueryType()?.getFields() ?? {}).filter((name) => !known.includes(name));
  expect(added.filter((name) => !page.includes(`\`Query.${name}\``))).toEqual([]);
});
