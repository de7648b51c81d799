import type { ErasedFields, EventPayloads, EventSubjects, EventTypes } from './events.generated.js';
import type { EventFieldsFragment } from './generated.js';

/**
 * Placeholder for event types that this version of the client does not know, because the server is newer. In a `switch`
 * on the type of an event, the `default` branch handles them. At run time the value is the name of the type, never this
 * text.
 */
export type UnknownEventType = '%future added value';

type Erased<Data, Names extends PropertyKey> = Data extends unknown
  ? { [K in Exclude<keyof Data, Names>]: Data[K] } & { [K in Extract<keyof Data, Names>]?: undefined } & {
      scrubbed: true;
    }
  : never;

/**
 * Payload of an event type, by its name in webhooks. After an erasure `scrubbed` is true, and the fields of
 * `ErasedFields` are absent.
 */
export type EventData<T extends keyof EventPayloads> =
  | (EventPayloads[T] & { scrubbed?: undefined })
  | Erased<EventPayloads[T], ErasedFields[T]>;

/** Fields of all events in the GraphQL API, as the document schema/operations/events.graphql selects them. */
export type EventEnvelope = Omit<EventFieldsFragment, 'type' | 'data'>;

/** Event of a type that this version of the client knows. */
export type KnownEvent = {
  [T in keyof EventTypes]: EventEnvelope & { type: T; data: EventData<EventTypes[T]> };
}[keyof EventTypes];

/** Event of a type that this version of the client does not know. */
export type UnknownEvent = EventEnvelope & { type: UnknownEventType; data: Record<string, unknown> };

/** Event of the log. `type` determines the type of `data`. */
export type RollcallEvent = KnownEvent | UnknownEvent;

/** Fields of all events in a webhook. */
export interface WebhookEnvelope {
  id: string;
  /** Time of the event under its name in Standard Webhooks. Equals `occurredAt`. */
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

/** Subject of an event in a webhook. */
export interface WebhookSubject<Type extends string = string> {
  type: Type;
  id: string;
  externalId: string | null;
  connectionId: string | null;
}

/** Event of a type that this version of the client knows, in a webhook. */
export type KnownWebhookEvent = {
  [T in keyof EventPayloads]: WebhookEnvelope & {
    type: T;
    subject: WebhookSubject<EventSubjects[T]>;
    data: EventData<T>;
  };
}[keyof EventPayloads];

/** Event of a type that this version of the client does not know, in a webhook. */
export type UnknownWebhookEvent = WebhookEnvelope & {
  type: UnknownEventType;
  subject: WebhookSubject;
  data: Record<string, unknown>;
};

/** Message of `sendTestEvent`. It is not part of a log, so it has neither a position nor a cursor. */
export interface WebhookTestEvent {
  id: string;
  type: 'webhook.test';
  timestamp: string;
  occurredAt: string;
  /** Organization of the endpoint; null for a platform endpoint. */
  organizationId: string | null;
  subject: { type: 'webhook'; id: string };
  data: Record<string, never>;
  schemaVersion: number;
}

/** Content of a webhook. `type` determines the type of `data`. */
export type WebhookEvent = KnownWebhookEvent | UnknownWebhookEvent | WebhookTestEvent;
