import type { ErasedFields, EventPayloads, EventSubjects, EventTypes } from './events.generated.js';
import type { EventFieldsFragment } from './generated.js';

/**
 * Stands for each type of event that this version of the client does not know, because the server is newer. In a `switch` over
 * the type of an event it is left for the `default`. The value at run time is the name of the type, never this text.
 */
export type UnknownEventType = '%future added value';

type Erased<Data, Names extends PropertyKey> = Data extends unknown
  ? { [K in Exclude<keyof Data, Names>]: Data[K] } & { [K in Extract<keyof Data, Names>]?: undefined } & {
      scrubbed: true;
    }
  : never;

/**
 * The payload of an event of the type, under its name in webhooks. After an erasure `scrubbed` is true, and the fields of
 * `ErasedFields` are absent.
 */
export type EventData<T extends keyof EventPayloads> =
  | (EventPayloads[T] & { scrubbed?: undefined })
  | Erased<EventPayloads[T], ErasedFields[T]>;

/** The fields that every event of the GraphQL API has, as the document schema/operations/events.graphql selects them. */
export type EventEnvelope = Omit<EventFieldsFragment, 'type' | 'data'>;

/** An event of a type that this version of the client knows. */
export type KnownEvent = {
  [T in keyof EventTypes]: EventEnvelope & { type: T; data: EventData<EventTypes[T]> };
}[keyof EventTypes];

/** An event of a type that this version of the client does not know. */
export type UnknownEvent = EventEnvelope & { type: UnknownEventType; data: Record<string, unknown> };

/** An event of the log. `type` determines the type of `data`. */
export type RollcallEvent = KnownEvent | UnknownEvent;

/** The fields that every event has in a webhook. */
export interface WebhookEnvelope {
  id: string;
  /** Time of the event, as Standard Webhooks names it: equals `occurredAt`. */
  timestamp: string;
  position: number;
  previousPosition: number;
  cursor: string;
  epoch: string;
  organizationId: string;
  occurredAt: string;
  recordedAt: string;
  actor: { kind: string; id: string | null };
  requestId: string | null;
  changes: { path: string; before: unknown; after: unknown }[];
  schemaVersion: number;
}

/** The subject of an event in a webhook. */
export interface WebhookSubject<Type extends string = string> {
  type: Type;
  id: string;
  externalId: string | null;
  connectionId: string | null;
}

/** An event of a type that this version of the client knows, in a webhook. */
export type KnownWebhookEvent = {
  [T in keyof EventPayloads]: WebhookEnvelope & {
    type: T;
    subject: WebhookSubject<EventSubjects[T]>;
    data: EventData<T>;
  };
}[keyof EventPayloads];

/** An event of a type that this version of the client does not know, in a webhook. */
export type UnknownWebhookEvent = WebhookEnvelope & {
  type: UnknownEventType;
  subject: WebhookSubject;
  data: Record<string, unknown>;
};

/** The message of `sendTestEvent`. It is not part of a log, so it has neither a position nor a cursor. */
export interface WebhookTestEvent {
  id: string;
  type: 'webhook.test';
  timestamp: string;
  occurredAt: string;
  /** The organization of the endpoint; null for an endpoint of the platform. */
  organizationId: string | null;
  subject: { type: 'webhook'; id: string };
  data: Record<string, never>;
  schemaVersion: number;
}

/** The content of a webhook. `type` determines the type of `data`. */
export type WebhookEvent = KnownWebhookEvent | UnknownWebhookEvent | WebhookTestEvent;
