import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Anything, bulk, patch, type Tenant, World } from '../../../support/world.js';
import { definitions, operations, resources, sentOf, type Written } from './operations.js';
import { type Attributes, Refusal, patch as reference } from './reference.js';

/** A tenth of the cases of the properties without a server (`PROPERTY_CASES`). */
const numRuns = Math.min(200, Math.ceil(Number(process.env.PROPERTY_CASES ?? 250) / 10));

let world: World;
let tenant: Tenant;
let id = '';
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant();
  id = (await tenant.scim('POST', '/Users', { userName: 'model@acme.com' })).body.id;
});
afterAll(() => world.close());

/** Returns the resource or the error of the reference. A user has no email without a value (RFC 7643 section 4.1.2). */
function expected(before: Attributes, written: Written[]): Attributes | string {
  try {
    const means = written.map(({ means }) => means);
    const after = reference(definitions, before, means, false);
    const emails = (after.emails ?? []) as Attributes[];
    return emails.some(({ value }) => typeof value !== 'string') ? 'invalidValue' : after;
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

const written = ({ schemas: _s, id: _i, meta: _m, userName: _u, active: _a, ...rest }: Anything): Anything => rest;
const replaced = async (resource: Attributes) =>
  (await tenant.scim('PUT', `/Users/${id}`, { userName: 'model@acme.com', ...resource })).body;
const read = async () => written((await tenant.scim('GET', `/Users/${id}`)).body);
const message = (all: Written[]) => patch(...sentOf(all));

describe('RFC 7644 sections 3.5.1, 3.5.2 and 3.7 over HTTP, against the reference', () => {
  test('PUT stores the resource, and PATCH returns the same state or the same error', async () => {
    await fc.assert(
      fc.asyncProperty(resources, operations, async (before, all) => {
        expect(written(await replaced(before))).toEqual(before);
        const after = expected(before, all);
        const { status, body } = await tenant.scim('PATCH', `/Users/${id}`, message(all));
        expect(status === 200 ? written(body) : body.scimType).toEqual(after);
        expect(await read()).toEqual(typeof after === 'string' ? before : after);
      }),
      { numRuns },
    );
  }, 120_000);

  test('Bulk applies each operation separately and in order; a refused one changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(resources, fc.array(operations, { minLength: 1, maxLength: 5 }), async (before, requests) => {
        await replaced(before);
        const outcomes: string[] = [];
        let state = before;
        for (const all of requests) {
          const after = expected(state, all);
          if (typeof after !== 'string') state = after;
          outcomes.push(typeof after === 'string' ? after : '200');
        }
        const all = requests.map((each) => ({ method: 'PATCH', path: `/Users/${id}`, data: message(each) }));
        const { body } = await tenant.scim('POST', '/Bulk', bulk(all, { failOnErrors: 0 }));
        const given = body.Operations.map(({ status, response }: Anything) => response?.scimType ?? status);
        expect(given).toEqual(outcomes);
        expect(await read()).toEqual(state);
      }),
      { numRuns },
    );
  }, 120_000);
});
