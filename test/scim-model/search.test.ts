import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkedExtensions, resourceTypesOf } from '../../src/directory/connections/rules/extension-schemas.js';
import { groupColumns } from '../../src/directory/groups/queries/group-columns.js';
import { userColumns } from '../../src/directory/users/queries/user-columns.js';
import { fold } from '../../src/kernel/fold.js';
import { isObject, type Json } from '../../src/kernel/json.js';
import { compileFilter } from '../../src/scim-model/compile-filter.js';
import type { Columns } from '../../src/scim-model/compile-values.js';
import { instantOf } from '../../src/scim-model/date-time.js';
import { attributeIn, type ResourceType } from '../../src/scim-model/definition.js';
import { type Filter, printFilter } from '../../src/scim-model/filter.js';
import { attributeValue, listOf, matchesResource } from '../../src/scim-model/match-filter.js';
import { parseFilter, pathOf } from '../../src/scim-model/parse-filter.js';
import { resolve } from '../../src/scim-model/resolve.js';
import { FilterSyntax } from '../../src/scim-model/syntax-errors.js';
import { names as columnNames, join, scopedTo, sql } from '../../src/storage/sql.js';
import { type Anything, type Tenant, World } from '../support/world.js';
import { cases, filters, names, type Resources, resources, scimExtensions, store, stringsIn } from './search-data.js';

const batch = 100;
const types = resourceTypesOf(checkedExtensions(scimExtensions));
let world: World;
let tenant: Tenant;
let stored: { users: Anything[]; groups: Anything[] };
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant({ provider: 'GENERIC' });
  // The resources have a fixed seed; only the filters differ between runs.
  const [data] = fc.sample(resources, { numRuns: 1, seed: Number(process.env.PROPERTY_SEED ?? 7) }) as [Resources];
  stored = await store(tenant, data);
}, 120_000);
afterAll(() => world.close());

/** The ids that each filter finds in SQL, all filters in one statement. */
async function inSql(
  given: readonly Filter[],
  table: string,
  columns: Columns,
): Promise<(string[] | 'invalidFilter')[]> {
  const conditions = given.map((filter) => {
    try {
      return compileFilter(filter, columns);
    } catch (error) {
      if (error instanceof FilterSyntax) return null;
      throw error;
    }
  });
  const list = conditions.map((condition, n) => sql`${condition ?? sql`false`} as ${columnNames([`c${n}`])}`);
  const rows = await world.database().run<Anything>(
    sql`select id, ${join(list, ', ')} from ${columnNames([table])} ${columnNames([String(table[0])])}
      where organization_id = ${tenant.organizationId} order by id`,
  );
  return conditions.map((condition, n) =>
    condition === null
      ? 'invalidFilter'
      : rows.filter((row) => row[`c${n}`] === true || (row[`c${n}`] === null && fail(given[n]))).map(({ id }) => id),
  );
}

function fail(filter: Filter | undefined): never {
  throw new Error(`The condition is null: ${filter && printFilter(filter)}`);
}

function inMemory(filter: Filter, type: Anything, list: readonly Anything[]): string[] | 'invalidFilter' {
  try {
    return list
      .filter((resource) => matchesResource(type, resource, filter))
      .map(({ id }) => id)
      .sort();
  } catch (error) {
    if (error instanceof FilterSyntax) return 'invalidFilter';
    throw error;
  }
}

/** Returns true if a list can be sorted by the name. A name that the type lacks is ignored. */
function hasOrder(type: ResourceType, name: string): boolean {
  const place = resolve(type, pathOf({ kind: 'word', text: name, at: 0 }), () => false);
  if (place === null) return true;
  const { attribute, sub } = place;
  if (place.name === null || ['groups', 'members', 'schemas', 'password'].includes(place.name)) return false;
  if (place.name === 'meta') return sub !== null && sub !== 'version';
  const subAttributes = attribute?.subAttributes ?? [];
  return attribute?.type !== 'complex' || attributeIn(subAttributes, sub ?? 'value') !== undefined;
}

/** Returns the sort key of a resource: the primary or first value, in the attribute's type; null without a value. */
function sortValue(type: ResourceType, resource: Json, name: string): string | number | bigint | null {
  const place = resolve(type, pathOf({ kind: 'word', text: name, at: 0 }), () => false);
  if (!place?.name || (place.attribute?.mutability === 'readOnly' && place.name !== 'id' && place.name !== 'meta'))
    return null;
  if (['members', 'schemas'].includes(place.name) || place.sub === 'version') return null;
  const { attribute, sub } = place;
  const below = sub ?? (attribute?.type === 'complex' ? 'value' : null);
  const compared = below === null ? attribute : (attributeIn(attribute?.subAttributes ?? [], below) ?? null);
  if (below !== null && attribute?.type === 'complex' && !compared) return null;
  const elements = listOf(
    attributeValue(place.urn === null ? resource : attributeValue(resource, place.urn), place.name),
  );
  const element = elements.find((item) => isObject(item) && item.primary === true) ?? elements[0];
  const value = below === null ? element : attributeValue(element, below);
  const kind = compared?.type ?? 'string';
  if (kind === 'integer' || kind === 'decimal') return typeof value === 'number' ? value : null;
  if (kind === 'boolean') return typeof value === 'boolean' ? Number(value) : null;
  if (kind === 'dateTime') return typeof value === 'string' ? (instantOf(value)?.micros ?? null) : null;
  if (!['string', 'number', 'boolean'].includes(typeof value)) return null;
  const text = typeof value === 'number' ? decimal(value) : String(value);
  return compared?.caseExact ? text : fold(text);
}

/** The number as PostgreSQL writes it: without an exponent. */
function decimal(value: number): string {
  if (Number.isInteger(value)) return String(BigInt(value));
  return Math.abs(value) < 1e-6 ? value.toFixed(7) : String(value);
}

function inOrder(a: string | number | bigint | null, b: string | number | bigint | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a === b ? 0 : a < b ? -1 : 1;
}

describe('RFC7644 3.4.2.3 a list has the same order in SQL as in memory', () => {
  // A name with a dot, and a URN alone, can be used only in filters and paths.
  const isForOrders = (name: string) => !name.endsWith('.badge') && !name.endsWith('Any');
  const orders = (['users', 'groups'] as const).flatMap((kind) =>
    names[kind].filter(isForOrders).map((name) => ({ kind, name })),
  );
  test.each(orders)('$kind by $name', async ({ kind, name }) => {
    const type = kind === 'users' ? types.user : types.group;
    for (const descending of [false, true]) {
      const sign = descending ? -1 : 1;
      const keys = new Map(stored[kind].map((resource) => [resource.id, sortValue(type, resource, name)]));
      const expected = [...keys].sort(([a, x], [b, y]) => sign * inOrder(x, y) || (a < b ? -1 : 1)).map(([id]) => id);
      const query = new URLSearchParams({
        sortBy: name,
        sortOrder: descending ? 'descending' : 'ascending',
        count: '200',
      });
      const { status, body } = await tenant.scim('GET', `/${kind === 'users' ? 'Users' : 'Groups'}?${query}`);
      if (!hasOrder(type, name)) {
        expect([status, body.scimType]).toEqual([400, 'invalidValue']);
        continue;
      }
      expect(body.Resources).toHaveLength(expected.length);
      if (expected.some((id) => keys.get(id) !== null))
        expect(body.Resources.map(({ id }: Anything) => id)).toEqual(expected);
    }
  });
});

describe('RFC7644 3.4.2.2 a filter finds the same resources in SQL as in memory', () => {
  test.each(['users', 'groups'] as const)(
    '%s',
    async (kind) => {
      const scope = scopedTo(tenant.organizationId);
      const shownTo = {
        scope,
        connectionId: tenant.connectionId,
        baseUrl: `${world.url}/scim/v2/${tenant.connectionId}`,
      };
      const type = kind === 'users' ? types.user : types.group;
      const columns = kind === 'users' ? userColumns(type, shownTo) : groupColumns(type, shownTo);
      const list = stored[kind];
      const several = fc.array(filters(kind, stringsIn(list)), { minLength: 1, maxLength: batch, size: 'max' });
      await fc.assert(
        fc.asyncProperty(several, async (given) => {
          const found = await inSql(given, kind, columns);
          for (const [n, filter] of given.entries()) {
            const text = printFilter(filter);
            expect(parseFilter(text)).toEqual(filter);
            expect([text, found[n]]).toEqual([text, inMemory(filter, type, list)]);
          }
        }),
        // On average a batch has half of its maximum, and each type gets half of the cases.
        { numRuns: Math.max(1, Math.ceil(cases / batch)) },
      );
    },
    3_600_000,
  );
});
