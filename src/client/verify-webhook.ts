import { Webhook } from 'standardwebhooks';

/** An event as a webhook carries it. */
export interface WebhookEvent {
  id: string;
  /** Such as `user.deprovisioned`. */
  type: string;
  position: number;
  previousPosition: number;
  cursor: string;
  epoch: string;
  organizationId: string;
  occurredAt: string;
  recordedAt: string;
  actor: { kind: string; id: string | null };
  requestId: string | null;
  subject: { type: string; id: string; externalId: string | null; connectionId: string | null };
  data: Record<string, unknown>;
  changes: { path: string; before: unknown; after: unknown }[];
  schemaVersion: number;
}

/**
 * The event in a webhook, if it was sent by Rollcall within the last five minutes and not changed on the way. `body` is the
 * text as it arrived, before any parsing; `headers` are those of the request, in any form.
 *
 * @throws WebhookVerificationError: answer 400 and do nothing
 */
export function verifyWebhook(
  headers: Headers | Record<string, string | string[] | undefined>,
  body: string,
  secret: string,
): WebhookEvent {
  const entries = headers instanceof Headers ? [...headers] : Object.entries(headers);
  const flat = Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), String(value)]));
  return new Webhook(secret).verify(body, flat) as WebhookEvent;
}
