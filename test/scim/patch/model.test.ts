import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { userType } from '../../../src/attributes/user-schema.js';
import { ScimError } from '../../../src/scim/errors.js';
import { applyPatch } from '../../../src/scim/patch/apply.js';
import type { PatchOp } from '../../../src/scim/patch/operation.js';

// A slow and obvious reading of RFC 7644 section 3.5.2 for one simple, one complex and one multi-valued attribute.
interface Email {
  value?: string;
  type?: string;
  primary?: boolean;
}
interface Model {
  title?: string;
  name?: Record<string, string>;
  emails?: Email[];
}

class NoTarget extends Error {}

function model(before: Model, operations: readonly PatchOp[]): Model {
  const state: Model = JSON.parse(JSON.stringify(before));
  for (const { op, path, value } of operations) step(state, op, path, value);
  return state;
}

function step(state: Model, op: PatchOp['op'], path: string | null, value: unknown): void {
  if (path === null) {
    for (const [key, inner] of Object.entries(value as object)) step(state, op, key, inner);
    return;
  }
  if (path === 'title') {
    if (op === 'remove') delete state.title;
    else state.title = value as string;
  } else if (path === 'name') {
    if (op === 'remove') delete state.name;
    else state.name = { ...state.name, ...(value as Record<string, string>) };
  } else if (path.startsWith('name.')) {
    const part = path.slice(5);
    const name = { ...state.name };
    if (op === 'remove') delete name[part];
    else name[part] = value as string;
    state.name = name;
  } else stepEmails(state, op, path, value);
  if (state.name && Object.keys(state.name).length === 0) delete state.name;
  if (state.emails?.length === 0) delete state.emails;
}

function stepEmails(state: Model, op: PatchOp['op'], path: string, value: unknown): void {
  const emails = state.emails ?? [];
  if (path === 'emails') {
    if (op === 'remove') {
      state.emails = [];
      return;
    }
    const given = onlyLastPrimary(distinct((Array.isArray(value) ? value : [value]) as Email[]));
    const before = op === 'add' ? emails : [];
    const fresh = given.filter((email) => !before.some((old) => says(old, email)));
    const others = fresh.some(({ primary }) => primary) ? before.map(notPrimary) : before;
    state.emails = distinct([...others, ...fresh]);
    return;
  }
  const [, type = '', sub] = /^emails\[type eq "(\w+)"\](?:\.(\w+))?$/.exec(path) ?? [];
  const hits = emails.filter((email) => email.type === type);
  if (hits.length === 0) {
    if (op === 'remove') return;
    throw new NoTarget();
  }
  const result = emails.flatMap((email): Email[] => {
    if (email.type !== type) return [email];
    if (sub) {
      const changed: Record<string, unknown> = { ...email };
      if (op === 'remove') delete changed[sub];
      else changed[sub] = value;
      return Object.keys(changed).length === 0 ? [] : [changed as Email];
    }
    if (op === 'remove') return [];
    return [op === 'add' ? { ...email, ...(value as Email) } : (value as Email)];
  });
  // The last of those that the operation was about and that are primary now, or the one that was before.
  const last = op === 'remove' ? -1 : result.findLastIndex((email, n) => email.primary && emails[n]?.type === type);
  const chosen = result[last];
  const single = result.flatMap((email, n) => {
    if (n === last) return [email];
    return isDeepStrictEqual(email, chosen) ? [] : [notPrimary(email)];
  });
  state.emails = distinct(chosen ? single : result);
}

const notPrimary = (email: Email): Email => (email.primary ? { ...email, primary: false } : email);

/** Whether `email` tells nothing that `old` does not. */
const says = (old: Email, email: Email) => Object.entries(email).every(([key, value]) => (old as never)[key] === value);

const distinct = (emails: Email[]) =>
  emails.filter((email, n) => emails.findIndex((other) => isDeepStrictEqual(other, email)) === n);

function onlyLastPrimary(emails: Email[]): Email[] {
  const last = emails.findLastIndex(({ primary }) => primary === true);
  return emails.map((email, n) => (email.primary && n !== last ? { ...email, primary: false } : email));
}

const word = fc.constantFrom('a', 'b', 'c');
const email = fc.record(
  { value: word, type: fc.constantFrom('work', 'home'), primary: fc.boolean() },
  { requiredKeys: ['value'], noNullPrototype: true },
);
const names = fc.dictionary(fc.constantFrom('givenName', 'familyName'), word, { minKeys: 1, noNullPrototype: true });
const state: fc.Arbitrary<Model> = fc
  .record(
    { title: word, name: names, emails: fc.array(email, { minLength: 1, maxLength: 3 }) },
    { requiredKeys: [], noNullPrototype: true },
  )
  .map((given) => ({ ...given, ...(given.emails && { emails: distinct(onlyLastPrimary(given.emails)) }) }));
const filter = fc.constantFrom('emails[type eq "work"]', 'emails[type eq "home"]');
const change = fc.constantFrom('add' as const, 'replace' as const);
const operation: fc.Arbitrary<PatchOp> = fc.oneof(
  fc.record({ op: change, path: fc.constant('title'), value: word }),
  fc.record({ op: change, path: fc.constant('name'), value: names }),
  fc.record({ op: change, path: fc.constantFrom('name.givenName', 'name.familyName'), value: word }),
  fc.record({ op: change, path: fc.constant('emails'), value: fc.array(email, { minLength: 1, maxLength: 2 }) }),
  fc.record({ op: change, path: filter, value: email }),
  fc.record({ op: change, path: filter.map((path) => `${path}.value`), value: word }),
  fc.record({ op: change, path: filter.map((path) => `${path}.primary`), value: fc.boolean() }),
  fc.record({
    op: change,
    path: fc.constant(null),
    value: fc.record(
      { title: word, name: names, emails: fc.array(email, { minLength: 1, maxLength: 2 }) },
      { requiredKeys: [], noNullPrototype: true },
    ),
  }),
  fc.record({
    op: fc.constant('remove' as const),
    path: fc.oneof(
      fc.constantFrom('title', 'name', 'name.givenName', 'emails'),
      filter,
      filter.map((path) => `${path}.value`),
    ),
    value: fc.constant(undefined),
  }),
);

const outcome = (run: () => unknown) => {
  try {
    return run();
  } catch (error) {
    if (error instanceof NoTarget || (error instanceof ScimError && error.scimType === 'noTarget')) return 'noTarget';
    throw error;
  }
};

describe('RFC7644 3.5.2 PATCH against a slow model', () => {
  test('the same result or the same refusal, for any operations on any resource', () => {
    fc.assert(
      fc.property(state, fc.array(operation, { maxLength: 5 }), (before, operations) => {
        const frozen = JSON.parse(JSON.stringify(before));
        const resource = { ...before } as Record<string, unknown>;
        expect(outcome(() => applyPatch(userType, resource, operations))).toEqual(
          outcome(() => model(before, operations)),
        );
        expect(before).toEqual(frozen);
      }),
      { numRuns: 3_000 },
    );
  });

  test('what was applied and is applied again changes nothing, for operations that set', () => {
    fc.assert(
      fc.property(state, operation, (before, one) => {
        const once = outcome(() => applyPatch(userType, { ...before } as Record<string, unknown>, [one]));
        if (once === 'noTarget' || (one.op !== 'remove' && one.path === null)) return;
        const again = outcome(() => applyPatch(userType, once as Record<string, unknown>, [one]));
        if (again !== 'noTarget') expect(again).toEqual(once);
      }),
      { numRuns: 5_000 },
    );
  });
});
