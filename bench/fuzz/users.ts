import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { Json } from '../../src/kernel/json.js';
import {
  acme,
  core,
  definitions,
  enterprise,
  operations,
  resources,
  sentOf,
  type Written,
} from '../../test/adapters/scim/patch/operations.js';
import { type Attributes, Refusal, patch as reference } from '../../test/adapters/scim/patch/reference.js';
import type { Caller } from './caller.js';
import { mutated, pick, type Random } from './mutate.js';

/** A connection under test: its client, the tolerances of its provider, and users that are overwritten repeatedly. */
export interface Subject {
  caller: Caller;
  creates: boolean;
  users: [id: string, ...ids: string[]];
}

const sample = <T>(random: Random, arbitrary: fc.Arbitrary<T>): T => {
  const [value] = fc.sample(arbitrary, { numRuns: 1, seed: Math.floor(random() * 2 ** 31) });
  if (value === undefined) throw new Error('fast-check gave no sample.');
  return value;
};

const message = (written: readonly Written[]): Json => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: sentOf(written),
});
const nameOf = (id: string) => `${id}@fuzz.test`;
const bodyOf = (id: string, resource: Attributes): Json => ({ schemas: [core], userName: nameOf(id), ...resource });

const server = new Set(['schemas', 'id', 'meta', 'userName', 'active', 'groups', 'externalId']);
/** Returns the attributes of a response that the client has written. */
const visible = (body: Json): Json => Object.fromEntries(Object.entries(body).filter(([key]) => !server.has(key)));

/**
 * Returns the state or the scimType of the reference, with the additional requirements for users (RFC 7643 section
 * 4.1.2).
 */
function expected({ creates }: Subject, before: Attributes, written: readonly Written[]): Attributes | string {
  try {
    const means = written.map(({ means }) => means);
    const after = reference(definitions, before, means, creates);
    const emails = (after.emails ?? []) as Attributes[];
    return emails.some(({ value }) => typeof value !== 'string') ? 'invalidValue' : after;
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

async function reset({ caller }: Subject, id: string, resource: Attributes): Promise<void> {
  const { status, body } = await caller.send('PUT', `/Users/${id}`, { ...bodyOf(id, resource), active: true });
  if (status !== 200 || !isDeepStrictEqual(visible(body), resource))
    caller.found('PUT differs', JSON.stringify([resource, status, body]));
}

async function compare({ caller }: Subject, id: string, state: Attributes, request: unknown): Promise<void> {
  const { body } = await caller.send('GET', `/Users/${id}`);
  const urns = [enterprise, acme].filter((urn) => state[urn] !== undefined);
  const schemas = new Set(body.schemas as string[]);
  const fits = isDeepStrictEqual(visible(body), state) && [core, ...urns].every((urn) => schemas.has(urn));
  if (!fits) caller.found('the resource differs', JSON.stringify({ expected: state, found: visible(body), request }));
}

/** Sends a PATCH that the reference supports. The result must be the same state or the same error. */
export async function patchUser(subject: Subject, random: Random): Promise<void> {
  const id = pick(random, subject.users);
  const before = sample(random, resources);
  const written = sample(random, operations);
  await reset(subject, id, before);
  const { status, body } = await subject.caller.send('PATCH', `/Users/${id}`, message(written));
  const after = expected(subject, before, written);
  const request = { before, patch: message(written), status, body };
  const outcome = status === 200 ? visible(body) : body.scimType;
  if (!isDeepStrictEqual(outcome, after)) subject.caller.found('PATCH differs', JSON.stringify({ ...request, after }));
  await compare(subject, id, typeof after === 'string' ? before : after, request);
}

/** Sends a bulk request of up to 20 PATCHes on two users. */
export async function patchInBulk(subject: Subject, random: Random): Promise<void> {
  const states = new Map<string, Attributes>();
  for (const id of subject.users.slice(0, 2)) {
    states.set(id, sample(random, resources));
    await reset(subject, id, states.get(id) ?? {});
  }
  const all = Array.from({ length: 1 + Math.floor(random() * 20) }, () => {
    const id = [...states.keys()][Math.floor(random() * states.size)] ?? '';
    return { id, written: sample(random, operations) };
  });
  const Operations = all.map(({ id, written }) => ({ method: 'PATCH', path: `/Users/${id}`, data: message(written) }));
  const { status, body } = await subject.caller.send('POST', '/Bulk', { Operations, failOnErrors: 0 });
  const answers = (body.Operations ?? []) as { status: string; response?: Json }[];
  const outcomes = all.map(({ id, written }) => {
    const after = expected(subject, states.get(id) ?? {}, written);
    if (typeof after !== 'string') states.set(id, after);
    return typeof after === 'string' ? after : '200';
  });
  const given = answers.map(({ status: code, response }) => (code === '200' ? code : response?.scimType));
  if (status !== 200 || !isDeepStrictEqual(given, outcomes))
    subject.caller.found('Bulk differs', JSON.stringify({ Operations, given, outcomes }));
  for (const [id, state] of states) await compare(subject, id, state, Operations);
}

/**
 * Sends a randomly broken message. An error must change nothing, and a success only the attributes that the message
 * names.
 */
export async function brokenMessage(subject: Subject, random: Random): Promise<void> {
  const { caller } = subject;
  const id = pick(random, subject.users);
  const before = sample(random, resources);
  await reset(subject, id, before);
  const good = message(sample(random, operations));
  const kind = pick(random, ['PATCH', 'PATCH', 'PUT', 'BULK', 'POST']);
  const body = { PATCH: good, PUT: bodyOf(id, sample(random, resources)), POST: bodyOf(`new${random()}`, before) };
  const bulk = { Operations: [{ method: 'PATCH', path: `/Users/${id}`, data: good }] };
  const sent = JSON.stringify(mutated(random, kind === 'BULK' ? bulk : body[kind as keyof typeof body]));
  const first = (await caller.send('GET', `/Users/${id}`)).body;
  const isOnUser = kind === 'PATCH' || kind === 'PUT';
  const method = kind === 'BULK' ? 'POST' : kind;
  const path = kind === 'BULK' ? '/Bulk' : isOnUser ? `/Users/${id}` : '/Users';
  const answer = await caller.send(method, path, sent);
  const { body: last } = await caller.send('GET', `/Users/${id}`);
  const detail = JSON.stringify({ method, path, sent, answer, first, last });
  if (isOnUser && answer.status >= 400 && !isDeepStrictEqual(first, last))
    caller.found('a refusal changed something', detail);
  if (isOnUser && answer.status === 200 && !isDeepStrictEqual(visible(answer.body), visible(last)))
    caller.found('the answer differs from the resource', detail);
  if (kind === 'PUT') return;
  const text = sent.toLowerCase();
  for (const name of new Set([...Object.keys(first), ...Object.keys(last)])) {
    const inner = [first, last].flatMap((resource) => Object.keys((resource[name] as object) ?? {}));
    const isNamed = [name, ...inner].some((word) => text.includes(word.toLowerCase()));
    if (name !== 'meta' && name !== 'schemas' && !isNamed && !isDeepStrictEqual(first[name], last[name]))
      caller.found(`"${name}" changed without being named`, detail);
  }
}
