import { createPrivateKey } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Store } from '../../access/store.js';
import { signingKeys } from '../../credentials/signing-keys/signing-keys.js';
import type { EventRecord } from '../../events/event.js';
import type { EventType } from '../../events/types.js';
import type { WebhookEndpoint, WebhookFormat } from './endpoint.js';
import { type Message, messageId } from './message.js';

/** Event in the vocabulary of another specification: its URI, its body, and its subject. */
interface Said {
  uri: string;
  body: Record<string, unknown>;
  subject: Record<string, unknown>;
}
type Say = (event: EventRecord, issuer: string) => Said;

const scim = 'urn:ietf:params:event:SCIM:';
const risc = 'https://schemas.openid.net/secevent/risc/event-type/';
const caep = 'https://schemas.openid.net/secevent/caep/event-type/';

/** Returns the subject of RFC 9967: a path below the SCIM base URL, and the id that the IdP has assigned. */
const scimSubject = (event: EventRecord) => ({
  format: 'scim',
  uri: event.groupId ? `/Groups/${event.groupId}` : `/Users/${event.userId ?? event.subjectId}`,
  ...(typeof event.data.externalId === 'string' && !event.groupId && { externalId: event.data.externalId }),
});

/** Returns a SCIM event that contains the current resource (RFC 9967 section 2.4, "full"). */
const withState =
  (name: string): Say =>
  (event) => ({ uri: `${scim}prov:${name}:full`, body: { data: event.data }, subject: scimSubject(event) });
/** Returns a SCIM event that contains only the names of the changed attributes. */
const withNotice =
  (name: string): Say =>
  (event) => {
    const attributes = [...new Set(event.changes.map(({ path }) => path.split('.')[0] ?? path))];
    return { uri: `${scim}prov:${name}:notice`, body: { attributes }, subject: scimSubject(event) };
  };
const bare =
  (name: string): Say =>
  (event) => ({ uri: `${scim}prov:${name}`, body: {}, subject: scimSubject(event) });

/** Returns the user as the provider's tokens identify it (RFC 9493). */
const person = (event: EventRecord, issuer: string) => ({
  format: 'iss_sub',
  iss: issuer,
  sub: event.userId ?? event.subjectId,
});
const about =
  (uri: string, body: (event: EventRecord) => Record<string, unknown> = () => ({})): Say =>
  (event, issuer) => ({
    uri,
    // CAEP timestamps are seconds since the epoch.
    body: { event_timestamp: Math.floor(event.occurredAt.getTime() / 1_000), ...body(event) },
    subject: person(event, issuer),
  });

/** The security event of each type of event, by format. A type without an entry is not sent. */
const vocabulary: Record<Exclude<WebhookFormat, 'JSON'>, Partial<Record<EventType, Say>>> = {
  SCIM_EVENTS: {
    'user.provisioned': withState('create'),
    'user.updated': withNotice('patch'),
    'user.deprovisioned': bare('deactivate'),
    'user.reactivated': bare('activate'),
    'user.deleted': bare('delete'),
    'group.created': withState('create'),
    'group.updated': withNotice('patch'),
    'group.deleted': bare('delete'),
    'group.member_added': (event) => ({
      uri: `${scim}prov:patch:notice`,
      body: { attributes: ['members'] },
      subject: scimSubject(event),
    }),
    'group.member_removed': (event) => ({
      uri: `${scim}prov:patch:notice`,
      body: { attributes: ['members'] },
      subject: scimSubject(event),
    }),
  },
  SHARED_SIGNALS: {
    'session.revoked': about(`${caep}session-revoked`),
    'user.deprovisioned': about(`${risc}account-disabled`),
    'user.suspended': about(`${risc}account-disabled`),
    'user.reactivated': about(`${risc}account-enabled`),
    'user.unsuspended': about(`${risc}account-enabled`),
    'user.deleted': about(`${risc}account-purged`),
    'user.email_changed': (event, issuer) => ({
      ...about(`${risc}identifier-changed`, ({ data }) => ({ 'new-value': data.after }))(event, issuer),
      subject: { format: 'email', email: event.data.before },
    }),
  },
};

/**
 * Returns the event as a security event token (RFC 8417), signed with the provider's key; null if the endpoint's format
 * has no such event.
 */
export async function securityEvent(
  { database, vault, now }: Pick<Store, 'database' | 'vault' | 'now'>,
  issuer: string,
  endpoint: WebhookEndpoint,
  event: EventRecord,
): Promise<Message | null> {
  if (endpoint.format === 'JSON') return null;
  const said = vocabulary[endpoint.format][event.type]?.(event, issuer);
  if (!said) return null;
  const [key] = await signingKeys(database, { vault, purpose: 'provider', now: now() });
  if (!key) return null;
  const id = messageId(endpoint, event.id);
  // The claims are the same every time and RS256 is deterministic: while the key stays, so do the bytes.
  const body = await new SignJWT({
    sub_id: said.subject,
    ...(event.requestId && { txn: event.requestId }),
    events: { [said.uri]: said.body },
  })
    .setProtectedHeader({ alg: 'RS256', kid: key.id, typ: 'secevent+jwt' })
    .setIssuer(issuer)
    .setAudience(endpoint.audience ?? endpoint.url)
    .setIssuedAt(event.occurredAt)
    .setJti(id)
    .sign(createPrivateKey(key.privateKey));
  return { id, body, contentType: 'application/secevent+jwt' };
}
