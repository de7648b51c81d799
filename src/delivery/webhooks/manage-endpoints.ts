import { randomBytes } from 'node:crypto';
import { IsNull } from 'typeorm';
import { authorize } from '../../access/authorize.js';
import { checkCount } from '../../access/check-count.js';
import { findOwned } from '../../access/owned.js';
import type { Tx } from '../../access/write.js';
import { isGiven } from '../../events/cursor.js';
import { boundsOf, placeAfter } from '../../events/log.js';
import type { EventType } from '../../events/types.js';
import { daySeconds } from '../../kernel/durations.js';
import { BadInput, NotFound } from '../../kernel/errors.js';
import { newId, parseId, type WebhookEndpointId } from '../../kernel/ids.js';
import { checkAll } from '../../kernel/input-errors.js';
import { create } from '../../storage/rows.js';
import { logSkip } from './deliveries.js';
import {
  type EndpointSecret,
  placeOfSecret,
  WebhookEndpoint,
  type WebhookFormat,
  type WebhookState,
} from './endpoint.js';

const limit = {
  most: 100,
  owner: 'An organization or the platform',
  rows: 'webhook endpoints',
  remedy: 'Delete an unused one.',
  field: 'url',
};
const defaultOverlapSeconds = daySeconds;
const longestOverlapSeconds = 30 * daySeconds;

/** Input for an endpoint. On a change, absent fields keep their values. */
export interface EndpointFacts {
  url?: string | null;
  types?: readonly EventType[] | null;
  format?: WebhookFormat | null;
  audience?: string | null;
  state?: WebhookState | null;
}

/** Input for a new endpoint, with the cursor to start after. See `ConsumerFacts.after`. */
export interface NewEndpoint extends EndpointFacts {
  after: string;
}

/** Checks that the client which posts webhooks accepts a URL. @throws BadInput */
export type CheckUrl = (url: string) => void;

/**
 * Creates an endpoint of the organization that the principal acts in, or of the platform if it acts in none. The secret
 * is shown only once. Delivery starts after the cursor `after`.
 *
 * @throws Forbidden, BadInput, CursorInvalid, CursorExpired
 */
export async function createEndpoint(tx: Tx, facts: NewEndpoint, checkUrl: CheckUrl) {
  const { organizationId } = tx.principal;
  authorize(tx, 'webhook.manage', { organizationId });
  await checkCount(tx, WebhookEndpoint, { organizationId: organizationId ?? IsNull() }, limit);
  const { history } = tx.store;
  const endpoint: WebhookEndpoint = create(WebhookEndpoint, {
    organizationId,
    id: newId('hook'),
    url: '',
    types: [],
    format: 'JSON',
    audience: null,
    state: 'ACTIVE',
    sealed: [],
    place: (await placeAfter(tx.session.unscoped, history, { organizationId, after: facts.after })).place,
    attempts: 0,
    failingSince: null,
    nextAt: tx.now,
    lastError: null,
    fence: 0,
    createdAt: tx.now,
    updatedAt: tx.now,
  });
  applyFacts(endpoint, { ...facts, url: facts.url ?? '' }, checkUrl);
  const secret = addSecret(tx, endpoint, tx.now);
  await tx.manager.insert(WebhookEndpoint, endpoint);
  return { webhookEndpoint: endpoint, secret };
}

/**
 * Changes the given fields. A delivery in progress stops; at most the message that is being sent is repeated. A change
 * from PAUSED or FAILING to ACTIVE retries immediately.
 *
 * @throws NotFound, Forbidden, BadInput
 */
export async function updateEndpoint(tx: Tx, id: string, facts: EndpointFacts, checkUrl: CheckUrl) {
  const endpoint = await lockEndpoint(tx, id);
  checkAll([() => expectSettable(facts.state), () => applyFacts(endpoint, facts, checkUrl)]);
  if (facts.state === 'ACTIVE' || facts.url) restart(tx, endpoint);
  return save(tx, endpoint);
}

/** Deletes an endpoint and its delivery log. @throws NotFound, Forbidden */
export async function deleteEndpoint(tx: Tx, id: string): Promise<WebhookEndpointId> {
  const endpoint = await lockEndpoint(tx, id);
  await tx.manager.delete(WebhookEndpoint, endpoint.id);
  return endpoint.id;
}

/**
 * Moves the endpoint's cursor: delivery continues with the first event after it, or with the oldest retained event.
 * Moving it forward skips events, which the delivery log records.
 *
 * @throws NotFound, Forbidden, CursorInvalid, CursorExpired
 */
export async function replayWebhooks(tx: Tx, id: string, after: string | null): Promise<WebhookEndpoint> {
  const endpoint = await lockEndpoint(tx, id);
  const { organizationId, place } = endpoint;
  const { place: next } = isGiven(after)
    ? await placeAfter(tx.session.unscoped, tx.store.history, { organizationId, after })
    : (await boundsOf(tx.session.unscoped, organizationId)).pruned;
  endpoint.place = next;
  if (endpoint.place > place) await logSkip(tx, endpoint, place);
  restart(tx, endpoint);
  return save(tx, endpoint);
}

/**
 * Creates a new secret, which is shown only once. Messages are also signed with the previous secret for one day, or for
 * `overlapSeconds`.
 *
 * @throws NotFound, Forbidden, BadInput
 */
export async function rotateWebhookSecret(tx: Tx, id: string, overlapSeconds = defaultOverlapSeconds) {
  const endpoint = await lockEndpoint(tx, id);
  if (overlapSeconds < 0 || overlapSeconds > longestOverlapSeconds) {
    throw new BadInput(`"overlapSeconds" must be from 0 to ${longestOverlapSeconds}.`);
  }
  const secret = addSecret(tx, endpoint, new Date(tx.now.getTime() + overlapSeconds * 1_000));
  return { webhookEndpoint: await save(tx, endpoint), secret };
}

/** Returns the endpoint with its row locked. @throws NotFound, Forbidden */
export async function lockEndpoint(tx: Tx, id: string): Promise<WebhookEndpoint> {
  const endpoint = await findOwned(tx.session.unscoped, WebhookEndpoint, tx.principal, parseId('hook', id), {
    lock: true,
  });
  if (!endpoint) throw new NotFound('webhook endpoint');
  authorize(tx, 'webhook.manage', endpoint);
  return endpoint;
}

async function save(tx: Tx, endpoint: WebhookEndpoint): Promise<WebhookEndpoint> {
  // Ends the lease of the node that is delivering, and allows any node to take the endpoint.
  endpoint.fence++;
  endpoint.updatedAt = tx.now;
  await tx.session.update(WebhookEndpoint, endpoint);
  await tx.manager.update(WebhookEndpoint, endpoint.id, { leaseUntil: () => `'-infinity'` });
  return endpoint;
}

function restart(tx: Tx, endpoint: WebhookEndpoint): void {
  endpoint.attempts = 0;
  endpoint.failingSince = null;
  endpoint.lastError = null;
  endpoint.nextAt = tx.now;
  if (endpoint.state === 'FAILING') endpoint.state = 'ACTIVE';
}

function addSecret(tx: Tx, endpoint: WebhookEndpoint, earlierUntil: Date): string {
  // Format of the Standard Webhooks specification: a prefix and 32 random bytes.
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const [newest] = endpoint.sealed;
  const earlier: EndpointSecret[] =
    newest && earlierUntil > tx.now ? [{ ...newest, until: earlierUntil.toISOString() }] : [];
  const sealed = tx.store.vault.seal(secret, placeOfSecret(endpoint));
  endpoint.sealed = [{ sealed, until: null }, ...earlier];
  return secret;
}

function expectSettable(state: WebhookState | null | undefined): void {
  if (state === 'FAILING') throw new BadInput('"state" must be ACTIVE or PAUSED. The server sets FAILING.');
}

function applyFacts(
  endpoint: WebhookEndpoint,
  { url, types, format, audience, state }: EndpointFacts,
  checkUrl: CheckUrl,
) {
  if (url != null) {
    checkUrl(url);
    endpoint.url = url;
  }
  if (types) endpoint.types = [...new Set(types)];
  if (format) endpoint.format = format;
  if (audience !== undefined) endpoint.audience = audience;
  if (state) endpoint.state = state;
}
