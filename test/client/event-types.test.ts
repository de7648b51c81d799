import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type {
  EventType,
  KnownEvent,
  RollcallEvent,
  UnknownEvent,
  UnknownWebhookEvent,
  WebhookEvent,
} from '../../src/client/index.js';
import { eventTypes } from '../../src/events/types.js';

/** A consumer: each case has its payload type, and the default handles types of newer servers. */
function summary(event: RollcallEvent): string {
  switch (event.type) {
    case 'USER_DEPROVISIONED':
      return `${event.data.id} ${event.data.reason}`;
    case 'USER_EMAIL_CHANGED':
      return event.data.scrubbed ? 'erased' : `${event.data.before} ${event.data.after}`;
    case 'CONNECTION_ATTENTION':
      return event.data.kind === 'TOKEN_EXPIRING' ? event.data.dueAt : event.data.kind;
    case 'SESSION_REVOKED':
      return String(event.data.sessionsRevoked ?? 1);
    default:
      return `${event.type} ${event.subjectId}`;
  }
}

/** Reads that compile and reads that do not. `npm run types` fails if one of them changes. Never called. */
export function compileTimeChecks(event: RollcallEvent, webhook: WebhookEvent): void {
  if (event.type === 'USER_SUSPENDED') {
    event.data.sessionsRevoked satisfies number;
    event.data.userName satisfies string | undefined;
    // @ts-expect-error An erasure removes the name.
    event.data.userName satisfies string;
    // @ts-expect-error A field of another event.
    event.data.rolesLost;
    if (!event.data.scrubbed) event.data.userName satisfies string;
  }
  // @ts-expect-error A field of one type, before `type` was compared.
  event.data.sessionsRevoked;
  // @ts-expect-error A type that no event has.
  if (event.type === 'USER_RENAMED') return;
  if (event.type === 'SIGN_IN_DENIED' && event.data.code === 'SEAT_LIMIT_REACHED') return;
  // @ts-expect-error A code that no denial has.
  if (event.type === 'SIGN_IN_DENIED' && event.data.code === 'BORED') return;
  if (event.type === 'GROUP_MEMBER_ADDED') event.data.userId satisfies string | undefined;

  if (webhook.type === 'webhook.test') return;
  webhook.position satisfies number;
  if (webhook.type === 'session.started') {
    webhook.subject.type satisfies 'user';
    webhook.data.expiresAt satisfies string;
    // @ts-expect-error Times are texts in JSON.
    webhook.data.expiresAt satisfies Date;
  }
  // @ts-expect-error The name of the type in GraphQL.
  if (webhook.type === 'SESSION_STARTED') return;
}

/** A `switch` with a case for each type leaves only unknown ones to the `default`. */
export function exhaustive(event: Extract<RollcallEvent, { type: 'USER_DELETED' }> | UnknownEvent): string {
  switch (event.type) {
    case 'USER_DELETED':
      return event.data.id;
    default:
      event satisfies UnknownEvent;
      return event.type;
  }
}

/** Two types, and a `switch` that forgets one of them. */
export function forgetful(event: Extract<RollcallEvent, { type: 'USER_DELETED' | 'USER_INVITED' }> | UnknownEvent) {
  switch (event.type) {
    case 'USER_DELETED':
      return;
    default:
      // @ts-expect-error USER_INVITED has no case.
      event satisfies UnknownEvent;
  }
}

/** A `switch` over webhooks with a case for each type. */
export function forgetfulWebhook(event: Extract<WebhookEvent, { type: 'user.deleted' }> | UnknownWebhookEvent) {
  switch (event.type) {
    case 'user.deleted':
      return;
    default:
      event satisfies UnknownWebhookEvent;
  }
}

/** The types of the client are those of the schema. */
export const sameTypes = (type: EventType): KnownEvent['type'] => type;
export const sameTypesBack = (type: KnownEvent['type']): EventType => type;

test('a consumer receives an event whose type is unknown to its client', () => {
  const unknown: unknown = { type: 'USER_RENAMED', subjectId: 'user_1', data: { name: 'Ann' } };
  expect(summary(unknown as RollcallEvent)).toBe('USER_RENAMED user_1');
  expect(Object.keys(eventTypes)).not.toContain('USER_RENAMED');
});

test('the typed examples of docs/events.md are the compiled ones', () => {
  const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
  const examples = [
    ...read('./documented-examples.ts').matchAll(/\/\/ Example: .*\n([\s\S]*?) *\/\/ End of the example\./g),
  ];
  expect(examples).toHaveLength(4);
  const page = read('../../docs/events.md');
  for (const [, text = ''] of examples) expect(page).toContain(text.replaceAll(/^ {2}/gm, ''));
});
