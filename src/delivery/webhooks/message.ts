import { createHash } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { Store } from '../../access/store.js';
import type { EventRecord } from '../../events/event.js';
import type { History } from '../../events/history.js';
import { placeOfSecret, type WebhookEndpoint } from './endpoint.js';

/** Message that is posted. Its bytes and its id are the same in all attempts to send the event to the endpoint. */
export interface Message {
  id: string;
  body: string;
  contentType: string;
}

/**
 * Returns the event in the format of webhooks: the envelope of docs/events.md, with the `timestamp` of Standard
 * Webhooks 1.0.0.
 */
export function envelopeOf(event: EventRecord, history: History): Record<string, unknown> {
  const { id, type, position, previousPosition, organizationId, occurredAt, recordedAt, requestId } = event;
  const { subjectType, subjectId, connectionId, actorKind, actorId, data, changes, schemaVersion } = event;
  return {
    id,
    type,
    timestamp: occurredAt,
    position,
    previousPosition,
    cursor: history.cursorOf(event),
    epoch: history.epoch,
    organizationId,
    occurredAt,
    recordedAt,
    actor: { kind: actorKind, id: actorId },
    requestId,
    subject: { type: subjectType, id: subjectId, externalId: data.externalId ?? null, connectionId },
    data,
    changes,
    schemaVersion,
  };
}

/** Returns the event as a JSON message. */
export const jsonMessage = (endpoint: WebhookEndpoint, event: EventRecord, history: History): Message => ({
  id: messageId(endpoint, event.id),
  body: JSON.stringify(envelopeOf(event, history)),
  contentType: 'application/json',
});

/** Returns the message id of an event, which is the same in all attempts. */
export const messageId = ({ id }: WebhookEndpoint, eventId: string): string =>
  `msg_${createHash('sha256').update(`${id}.${eventId}`).digest('base64url').slice(0, 27)}`;

/**
 * Returns the headers of the Standard Webhooks specification, with a signature by each secret that is currently valid.
 */
export function signedHeaders(
  { vault, now }: Pick<Store, 'vault' | 'now'>,
  endpoint: WebhookEndpoint,
  { id, body, contentType }: Message,
): Record<string, string> {
  const at = now();
  const secrets = endpoint.sealed
    .filter(({ until }) => until === null || new Date(until) > at)
    .map(({ sealed }) => vault.open(sealed, placeOfSecret(endpoint)));
  return {
    'content-type': contentType,
    'user-agent': 'Rollcall-Webhooks/1',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' '),
  };
}
