import type { AttentionKind } from './attention-kinds.js';

interface Item {
  kind: AttentionKind;
  count: number;
  since: Date;
  dueAt: Date | null;
  subjectId: string;
  /** The credential that expires, such as `SCIM token …ab12 of connection "Okta"`; null for other kinds. */
  credential: string | null;
}

const of = (n: number, one: string, several = `${one}s`) => `${n} ${n === 1 ? one : several}`;
const end = ({ credential, dueAt }: Item, now: Date) =>
  `${credential} ${dueAt && dueAt <= now ? 'expired' : 'expires'} at ${dueAt?.toISOString()}.`;

/** Returns one sentence for an operator: what is the case, and what to do. It names credentials, and no personal data. */
const texts: Readonly<Record<AttentionKind, (item: Item, now: Date) => string>> = {
  ADOPTION_PENDING: ({ count }) => `${of(count, 'adoption request')} must be accepted or rejected.`,
  CERTIFICATE_EXPIRING: (item, now) => `${end(item, now)} Add the new certificate of the IdP.`,
  CONNECTION_FAILING: () => "The IdP's latest ten SCIM requests failed. Read the errors in the request log.",
  CONNECTION_SILENT: ({ since }) =>
    `The IdP has sent no SCIM request since ${since.toISOString()}. Check that its provisioning is not paused.`,
  CONSUMER_LAGGING: ({ count }) =>
    `The consumer is half of the retention period behind, by ${of(count, 'event')}. Start it, or delete it if it is no longer used.`,
  DOMAIN_LAPSED: ({ dueAt }, now) =>
    dueAt && dueAt <= now
      ? 'The domain is no longer verified. Publish its TXT record and verify it again.'
      : `The TXT record of the domain is missing. The domain lapses after ${dueAt?.toISOString()} unless it is published again.`,
  DORMANT: ({ count, dueAt }) =>
    `${of(count, 'user')} will be deprovisioned at ${dueAt?.toISOString()} unless they sign in.`,
  HELD: ({ count }) => `The protected account was not deprovisioned, although this was requested ${of(count, 'time')}.`,
  LINK_PENDING: ({ count }) => `${of(count, 'link request')} must be accepted or rejected.`,
  MASS_CHANGE: ({ count }) =>
    `The IdP deprovisioned ${of(count, 'user')} within ten minutes. Reactivate the users if this was not intended.`,
  SEATS_EXCEEDED: ({ count }) => `All seats are occupied, and new users need more. Occupied: ${count}.`,
  SECRET_EXPIRING: (item, now) =>
    item.subjectId.startsWith('key_')
      ? `${end(item, now)} Create a new key and use it instead, or change "expiresAt" with updateApiKey.`
      : `${end(item, now)} It is the last one of the application. Rotate it.`,
  TOKEN_EXPIRING: (item, now) =>
    `${end(item, now)} It is the last one of the connection. Create a new token and enter it at the IdP.`,
  WEBHOOK_FAILING: ({ since }) =>
    `No delivery to the endpoint has succeeded since ${since.toISOString()}. Check its URL and its last error.`,
};

/** Returns the sentence that describes an item. */
export const messageOf = (item: Item, now: Date): string => texts[item.kind](item, now);
