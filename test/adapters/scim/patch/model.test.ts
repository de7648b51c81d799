import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { errorBody, scimAnswer } from '../../../../src/adapters/scim/http/errors.js';
import { applyPatch } from '../../../../src/adapters/scim/patch/apply.js';
import { parsePatch } from '../../../../src/adapters/scim/patch/operation.js';
import { coerceResource } from '../../../../src/adapters/scim/resources/coerce.js';
import { tolerate } from '../../../../src/adapters/scim/tolerances/index.js';
import { profileOfIdp } from '../../../../src/identity-providers/profiles/index.js';
import { userType } from '../../../../src/scim-model/user-schema.js';
import { acme, core, definitions, enterprise, operations, resources, sentOf, type Written } from './operations.js';
import { type Attributes, Refusal, patch as reference } from './reference.js';

/** Number of cases of each property: `PROPERTY_CASES=200000 PROPERTY_SEED=1 npm test -- test/adapters/scim/patch/model`. A failure prints the seed. */
const numRuns = Number(process.env.PROPERTY_CASES ?? 3_000);
const { PROPERTY_SEED: given } = process.env;
const runs = given === undefined ? { numRuns } : { numRuns, seed: Number(given) };
const limitMs = 60_000 + 10 * numRuns;

const providers = fc.constantFrom('OKTA' as const, 'ENTRA' as const);

function product(before: Attributes, written: Written[], provider: 'OKTA' | 'ENTRA'): unknown {
  try {
    const sent = parsePatch({ Operations: sentOf(written) });
    return applyPatch(userType, before, tolerate(sent, profileOfIdp(provider), new Set()));
  } catch (error) {
    const answer = scimAnswer(error);
    if (!answer) throw error;
    return errorBody(answer).scimType;
  }
}

function expected(before: Attributes, written: Written[], provider: 'OKTA' | 'ENTRA'): unknown {
  try {
    return reference(
      definitions,
      before,
      written.map(({ means }) => means),
      provider === 'ENTRA',
    );
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

describe('RFC7644 3.5.2 PATCH against a slow model', () => {
  test(
    'returns the same result or the same error for any operations in any spelling on any resource',
    () => {
      fc.assert(
        fc.property(resources, operations, providers, (before, written, provider) => {
          const frozen = structuredClone(before);
          expect(product(before, written, provider)).toEqual(expected(before, written, provider));
          expect(before).toEqual(frozen);
        }),
        runs,
      );
    },
    limitMs,
  );

  test(
    'a PATCH does not change attributes that it does not address',
    () => {
      fc.assert(
        fc.property(resources, operations, providers, (before, written, provider) => {
          const after = product(before, written, provider);
          if (typeof after === 'string') return;
          const untouched = (resource: unknown) => withoutAddressed(resource as Attributes, written);
          expect(untouched(after)).toEqual(untouched(before));
        }),
        runs,
      );
    },
    limitMs,
  );

  test(
    'applying an operation again changes nothing',
    () => {
      fc.assert(
        fc.property(resources, operations, providers, (before, [one], provider) => {
          const written = one ? [one] : [];
          const once = product(before, written, provider);
          const again = typeof once === 'string' ? once : product(once as Attributes, written, provider);
          // The operation changes an attribute that its own filter uses.
          if (one && changesItsFilter(one)) return;
          // If two spellings become the same value, either can remain.
          if (typeof again !== 'string') expect(folded(again)).toEqual(folded(once));
        }),
        runs,
      );
    },
    limitMs,
  );
});

const changesItsFilter = ({ means: { filter, sub, value } }: Written): boolean =>
  filter !== null &&
  (filter.sub === 'primary' ||
    sub === filter.sub ||
    JSON.stringify(value ?? null)
      .toLowerCase()
      .includes(`"${filter.sub}"`));

const folded = (resource: unknown): unknown => JSON.parse(JSON.stringify(resource).toLowerCase());

/** Returns the resource without the attributes that the operations address. */
function withoutAddressed(resource: Attributes, written: Written[]): Attributes {
  const left = structuredClone(resource);
  for (const { means } of written) {
    const holder = (means.schema === null ? left : left[means.schema]) as Attributes | undefined;
    if (holder) delete holder[means.name];
  }
  for (const urn of [enterprise, acme]) if (Object.keys((left[urn] as object) ?? {}).length === 0) delete left[urn];
  return left;
}

describe('RFC7644 3.5.1 PUT', () => {
  const spelling = fc.record({ below: fc.boolean(), qualified: fc.boolean(), upper: fc.boolean() });

  test(
    'writing back the resource in any spelling of its names changes nothing',
    () => {
      fc.assert(
        fc.property(resources, spelling, (resource, how) => {
          expect(coerceResource(userType, rewritten(resource, how))).toEqual(resource);
        }),
        runs,
      );
    },
    limitMs,
  );
});

/** Returns the body with the names of defined attributes in upper case, below the core URN, or each with its URN. */
function rewritten(resource: Attributes, how: { below: boolean; qualified: boolean; upper: boolean }): Attributes {
  const named = (name: string, known: object) => (how.upper && Object.hasOwn(known, name) ? name.toUpperCase() : name);
  const own = Object.entries(resource)
    .filter(([key]) => !key.includes(':'))
    .map(([key, value]) => [named(key, definitions[''] ?? {}), value] as const);
  const coreBody = how.below
    ? { [core]: Object.fromEntries(own) }
    : Object.fromEntries(own.map(([key, value]) => [how.qualified ? `${core}:${key}` : key, value]));
  const extensions = [enterprise, acme].flatMap((urn) => {
    const extension = resource[urn] as Attributes | undefined;
    if (!extension) return [];
    const entries = Object.entries(extension).map(
      ([key, value]) => [named(key, definitions[urn] ?? {}), value] as const,
    );
    return how.qualified
      ? entries.map(([key, value]) => [`${urn}:${key}`, value])
      : [[urn, Object.fromEntries(entries)]];
  });
  return { ...coreBody, ...Object.fromEntries(extensions) };
}
