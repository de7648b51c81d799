/**
 * Public API of the client. The types and documents of schema/operations are generated from the schema.
 */

export { Client, type Document, RollcallError } from './client.js';
export type { ClientOptions } from './client-options.js';
export { type Consuming, consume } from './consume.js';
export { type ConsumerStore, consumerStore } from './consumer-store.js';
export { type CursorStore, memoryStore } from './cursor-store.js';
export { type ErrorCode, errorCodes } from './error-codes.js';
export type {
  EventData,
  EventEnvelope,
  KnownEvent,
  KnownWebhookEvent,
  RollcallEvent,
  UnknownEvent,
  UnknownEventType,
  UnknownWebhookEvent,
  WebhookEnvelope,
  WebhookEvent,
  WebhookSubject,
  WebhookTestEvent,
} from './event.js';
export type * from './events.generated.js';
export { CursorGap, type EventOptions, follow } from './follow.js';
export * from './generated.js';
export { type Loaded, load } from './load.js';
export { verifyWebhook } from './verify-webhook.js';
export type { WebhookHeaders } from './webhook-headers.js';
export { type WebhookProblem, WebhookVerificationError } from './webhook-verification-error.js';
