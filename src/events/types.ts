import type { ConnectionId, GroupId, UserId } from '../kernel/ids.js';
import { type EventPayloads, type EventSubjects, type EventType, eventDefinitions } from './payloads.js';

export type { EventType } from './payloads.js';

/** Name of an event type in GraphQL: `USER_SUSPENDED` for `user.suspended`. */
export type EventName<T extends string = EventType> = T extends `${infer Noun}.${infer Verb}`
  ? `${Uppercase<Noun>}_${Uppercase<Verb>}`
  : never;

const named = Object.keys(eventDefinitions).map((type) => [type.toUpperCase().replace('.', '_'), type]);

/** Event types by their names in GraphQL. docs/events.md contains the catalog with the payloads. */
export const eventTypes = Object.fromEntries(named) as { readonly [T in EventType as EventName<T>]: T };

/** Changed attribute of an update: a path in SCIM notation, and the values before and after. */
export interface Change {
  path: string;
  before: unknown;
  after: unknown;
}

/** Actor of an event: its kind, and the id of the connection, key or user. */
export interface Actor {
  kind: 'SCIM' | 'SSO' | 'API' | 'USER' | 'SYSTEM';
  id: string | null;
}

/** Event of a type as an operation emits it. The log adds the position, the actor and the time. */
export type NewEvent<T extends EventType = EventType> = {
  [P in T]: {
    type: P;
    subject: EventSubjects[P];
    /** Ids by which readers find the event, in addition to the subject's. */
    userId?: UserId | null;
    groupId?: GroupId | null;
    connectionId?: ConnectionId | null;
    data: EventPayloads[P];
    changes?: readonly Change[];
  };
}[T];

/** Pending event about an erased user. Its data contains only the fields that an erasure keeps. */
export interface ScrubbedEvent extends Pick<NewEvent, 'type' | 'subject' | 'userId' | 'groupId' | 'connectionId'> {
  data: { scrubbed: true };
  changes: [];
}

/** Event without a position, which it gets at the commit. */
export type PendingEvent = NewEvent | ScrubbedEvent;

type NamesOf<U> = U extends unknown ? keyof U : never;

/** Rejects fields that the payload of the type does not have, also for data that is not an object literal. */
export type OnlyKnownFields<E extends NewEvent> = {
  data: { [K in Exclude<NamesOf<E['data']>, NamesOf<EventPayloads[E['type']]>>]: never };
};
