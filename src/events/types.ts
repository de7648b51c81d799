import type { ConnectionId, GroupId, UserId } from '../ids.js';
import { type EventPayloads, type EventSubjects, type EventType, eventDefinitions } from './payloads.js';

export type { EventType } from './payloads.js';

/** The name of an event type in GraphQL: `USER_SUSPENDED` of `user.suspended`. */
export type EventName<T extends string = EventType> = T extends `${infer Noun}.${infer Verb}`
  ? `${Uppercase<Noun>}_${Uppercase<Verb>}`
  : never;

const named = Object.keys(eventDefinitions).map((type) => [type.toUpperCase().replace('.', '_'), type]);

/** Every type of event by its name in GraphQL. docs/events.md has the catalogue with the payloads. */
export const eventTypes = Object.fromEntries(named) as { readonly [T in EventType as EventName<T>]: T };

/** One attribute that an update moved: a path in SCIM's notation, and the values around the change. */
export interface Change {
  path: string;
  before: unknown;
  after: unknown;
}

/** Who did it: the kind of door, and the connection, key or user behind it. */
export interface Actor {
  kind: 'SCIM' | 'SSO' | 'API' | 'USER' | 'SYSTEM';
  id: string | null;
}

/** An event of the type as an operation emits it. The log adds the position, the actor and the time. */
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

/** An event of an erased user that is not yet written: only the fields that an erasure keeps are left of its data. */
export interface ScrubbedEvent extends Pick<NewEvent, 'type' | 'subject' | 'userId' | 'groupId' | 'connectionId'> {
  data: { scrubbed: true };
  changes: [];
}

/** An event that waits for its position. */
export type PendingEvent = NewEvent | ScrubbedEvent;

type NamesOf<U> = U extends unknown ? keyof U : never;

/** Refuses fields that the payload of the type does not have, also in data that was assembled before. */
export type OnlyKnownFields<E extends NewEvent> = {
  data: { [K in Exclude<NamesOf<E['data']>, NamesOf<EventPayloads[E['type']]>>]: never };
};
