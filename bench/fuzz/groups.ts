import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../../src/kernel/json.js';
import { mutated, pick, type Random } from './mutate.js';
import type { Subject } from './users.js';

const core = 'urn:ietf:params:scim:schemas:core:2.0:Group';

/** Changes members of a group in all notations and compares the result with a set. */
export async function patchGroup(subject: Subject, random: Random, groupId: string): Promise<void> {
  const { caller, users } = subject;
  const some = () => users.filter(() => random() < 0.4);
  const before = some();
  const put = { displayName: 'Fuzz', members: before.map((value) => ({ value })) };
  await caller.send('PUT', `/Groups/${groupId}`, put);
  const state = new Set<string>(before);
  const Operations = Array.from({ length: 1 + Math.floor(random() * 4) }, () => operation(random, some(), state));
  const message = { Operations };
  const isBroken = random() < 0.3;
  const sent = isBroken ? mutated(random, message) : message;
  const answer = await caller.send('PATCH', `/Groups/${groupId}?excludedAttributes=members`, sent);
  const { body } = await caller.send('GET', `/Groups/${groupId}`);
  const found = ((body.members ?? []) as { value: string }[]).map(({ value }) => value).sort();
  const detail = JSON.stringify({ before, sent, answer, found, expected: [...state] });
  if (answer.status >= 400 && !isDeepStrictEqual(found, [...before].sort()))
    caller.found('a refusal changed members', detail);
  if (isBroken) return;
  if (answer.status !== 200 || !isDeepStrictEqual(found, [...state].sort())) caller.found('members differ', detail);
}

/** Returns one operation on members, and applies it to `state`. */
function operation(random: Random, ids: readonly string[], state: Set<string>): Json {
  const path = pick(random, ['members', 'MEMBERS', `${core}:members`, `${core}.members`]);
  const value = ids.map((id) => pick<unknown>(random, [{ value: id }, { Value: id, $ref: null }, id]));
  const [first] = ids;
  switch (pick(random, ['add', 'add', 'replace', 'remove', 'listed', 'filter'])) {
    case 'add':
      for (const id of ids) state.add(id);
      return written(random, 'add', path, value);
    case 'replace':
      state.clear();
      for (const id of ids) state.add(id);
      return written(random, 'replace', path, value);
    case 'remove':
      state.clear();
      return { op: 'remove', path };
    case 'listed':
      for (const id of ids) state.delete(id);
      return { op: 'remove', path, value };
    default:
      if (first) state.delete(first);
      return { op: 'remove', path: `${path}[value eq ${JSON.stringify(first ?? 'nobody')}]` };
  }
}

function written(random: Random, op: string, path: string, value: unknown[]): Json {
  return pick<Json>(random, [
    { op, path, value },
    { op, value: { [path]: value } },
    { op, value: { [core]: { members: value } } },
    { op, path: core, value: { Members: value } },
  ]);
}
