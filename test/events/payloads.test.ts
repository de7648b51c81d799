import { expect, test } from '@jest/globals';
import type { Tx } from '../../src/access/write.js';
import type { Definition } from '../../src/events/payloads/define.js';
import { erased, type Fields, kept, text } from '../../src/events/payloads/field.js';
import { eventDefinitions } from '../../src/events/payloads.js';
import { keptFields, scrubbed } from '../../src/events/scrub.js';
import { eventTypes } from '../../src/events/types.js';
import { newId } from '../../src/kernel/ids.js';

/** Calls that compile and calls that do not. `npm run types` fails if one of them changes. Never called. */
export function compileTimeChecks(tx: Tx): void {
  const user = { type: 'user', id: newId('user') } as const;
  const group = { type: 'group', id: newId('group') } as const;
  const connection = { type: 'connection', id: newId('conn') } as const;
  const { id } = user;

  tx.emit({ type: 'user.deleted', subject: user, data: { id } });
  // @ts-expect-error An unknown type.
  tx.emit({ type: 'user.renamed', subject: user, data: { id } });
  // @ts-expect-error A subject of another type.
  tx.emit({ type: 'user.deleted', subject: group, data: { id } });
  // @ts-expect-error An id of another type in the subject.
  tx.emit({ type: 'user.deleted', subject: { type: 'user', id: group.id }, data: { id } });
  // @ts-expect-error An id of another type in the payload.
  tx.emit({ type: 'user.deleted', subject: user, data: { id: group.id } });
  // @ts-expect-error A text that is not an id.
  tx.emit({ type: 'user.deleted', subject: user, data: { id: 'user_1' } });
  // @ts-expect-error A missing field.
  tx.emit({ type: 'user.deleted', subject: user, data: {} });
  // @ts-expect-error An unknown field.
  tx.emit({ type: 'user.deleted', subject: user, data: { id, name: 'Ann' } });
  const assembled = { id, name: 'Ann' };
  // @ts-expect-error An unknown field of an object that was assembled before.
  tx.emit({ type: 'user.deleted', subject: user, data: assembled });
  const anything: Record<string, unknown> = { id };
  // @ts-expect-error An object that can have any field.
  tx.emit({ type: 'user.deleted', subject: user, data: anything });

  const lapsed = { before: null, after: 'a@x.io', verified: true };
  tx.emit({ type: 'user.email_changed', subject: user, data: { id, ...lapsed } });
  // @ts-expect-error The payload of another event.
  tx.emit({ type: 'user.invitation_expired', subject: user, data: { id, ...lapsed } });
  // @ts-expect-error A text in place of a boolean.
  tx.emit({ type: 'user.email_changed', subject: user, data: { id, ...lapsed, verified: 'yes' } });

  const dueAt = new Date();
  tx.emit({ type: 'connection.attention', subject: connection, data: { kind: 'TOKEN_EXPIRING', dueAt, tokenId: 't' } });
  // @ts-expect-error The fields of another kind.
  tx.emit({ type: 'connection.attention', subject: connection, data: { kind: 'DORMANT', dueAt, tokenId: 't' } });
  const ended = { userId: id, sessionsRevoked: 1, because: 'linked' } as const;
  tx.emit({ type: 'session.revoked', subject: user, data: ended });
  // @ts-expect-error A value that is not listed.
  tx.emit({ type: 'session.revoked', subject: user, data: { ...ended, because: 'bored' } });
}

/** A field of a payload requires a mark. */
export const marked: Fields = { id: kept(text, 'An id.'), name: erased(text, 'A name.') };
// @ts-expect-error A field without `kept` or `erased`.
export const unmarked: Fields = { name: text };

const definitions = Object.entries<Definition>(eventDefinitions);
const setsOf = ({ state, shapes }: Definition): Fields[] => [state?.fields ?? {}, ...shapes];

test('the GraphQL names are the types in upper case', () => {
  expect(eventTypes.SIGN_IN_DENIED).toBe('sign_in.denied');
  expect(Object.values(eventTypes)).toEqual(Object.keys(eventDefinitions));
});

test('an erasure keeps ids, states, codes and numbers', () => {
  expect([...new Set(keptFields.map((field) => field.replace(/^.*\./, '')))].sort()).toEqual(
    [
      [
        'id',
        'status',
        'active',
        'origin',
        'reason',
        'connectionId',
        'decisionRow',
        'code',
        'because',
        'signal',
        'kind',
      ],
      ['userId', 'groupId', 'memberGroupId', 'fromOrigin', 'matchedBy', 'sessionsRevoked', 'seatsUsed', 'heldForMs'],
      ['rolesLost', 'rolesRestored', 'groupsLost', 'directOnly', 'previousDeprovisionedAt', 'clientId', 'expiresAt'],
      ['dueAt'],
    ]
      .flat()
      .sort(),
  );
});

test('an erasure removes texts that a user has written', () => {
  expect(keptFields.filter((field) => field.endsWith('.reason'))).toEqual([
    'user.deprovisioned.reason',
    'user.reactivated.reason',
  ]);
});

test('a field has the same mark in all alternatives of an event', () => {
  const wrong = definitions.flatMap(([type, { state, shapes }]) =>
    shapes.flatMap((shape) =>
      Object.entries({ ...state?.fields, ...shape })
        .filter(([name, { isErased }]) => isErased === keptFields.includes(`${type}.${name}`))
        .map(([name]) => `${type}.${name}`),
    ),
  );
  expect(wrong).toEqual([]);
});

test('every field and every event has a description', () => {
  const described = definitions.flatMap(([, definition]) => [
    definition.description,
    ...setsOf(definition).flatMap((set) => Object.values(set).map(({ description }) => description)),
  ]);
  expect(described.filter((sentence) => !/^\S.*\.$/.test(sentence))).toEqual([]);
});

test('an event of an erased user is written without personal data', () => {
  const userId = newId('user');
  const subject = { type: 'user', id: userId } as const;
  const data = { id: userId, before: 'a@x.io', after: 'b@x.io', verified: true };
  const changes = [{ path: 'emails', before: 'a@x.io', after: 'b@x.io' }];
  expect(scrubbed({ type: 'user.email_changed', subject, userId, data, changes })).toEqual({
    type: 'user.email_changed',
    subject,
    userId,
    data: { id: userId, scrubbed: true },
    changes: [],
  });
});
