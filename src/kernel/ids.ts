import { v7 } from 'uuid';

declare const brand: unique symbol;
type Id<Prefix extends string> = string & { readonly [brand]: Prefix };

export type OrganizationId = Id<'org'>;
export type DomainId = Id<'dom'>;
export type ConnectionId = Id<'conn'>;
export type UserId = Id<'user'>;
export type GroupId = Id<'group'>;
export type EventId = Id<'evt'>;
export type ApiKeyId = Id<'key'>;
export type ScimTokenId = Id<'tok'>;
export type SessionId = Id<'ses'>;
export type RequestId = Id<'req'>;
export type ScimClientId = Id<'cli'>;
export type ApplicationId = Id<'app'>;
export type ApplicationSecretId = Id<'asec'>;
export type LinkRequestId = Id<'link'>;
export type TripId = Id<'trip'>;
export type SetupLinkId = Id<'setup'>;
export type WebhookEndpointId = Id<'hook'>;
export type WebhookDeliveryId = Id<'dlv'>;
export type ConsumerId = Id<'cons'>;

interface Ids {
  org: OrganizationId;
  dom: DomainId;
  conn: ConnectionId;
  user: UserId;
  group: GroupId;
  evt: EventId;
  key: ApiKeyId;
  tok: ScimTokenId;
  ses: SessionId;
  req: RequestId;
  cli: ScimClientId;
  app: ApplicationId;
  asec: ApplicationSecretId;
  link: LinkRequestId;
  trip: TripId;
  setup: SetupLinkId;
  hook: WebhookEndpointId;
  dlv: WebhookDeliveryId;
  cons: ConsumerId;
}
export type IdPrefix = keyof Ids;

/** Type of ids with this prefix. */
export type IdOf<P extends IdPrefix> = Ids[P];

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const suffix = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/**
 * Returns a new TypeID: the prefix, "_", and a UUIDv7 in Crockford's base 32 (26 characters), so that ids sort by
 * creation time.
 */
export const newId = <P extends IdPrefix>(prefix: P): Ids[P] => idOf(prefix, BigInt(`0x${v7().replaceAll('-', '')}`));

/** Returns the lowest id of this kind that can be made at the time. The first 48 bits of a UUIDv7 are milliseconds. */
export const firstIdAt = <P extends IdPrefix>(prefix: P, time: Date): Ids[P] =>
  idOf(prefix, BigInt(Math.max(0, time.getTime())) << 80n);

function idOf<P extends IdPrefix>(prefix: P, uuid: bigint): Ids[P] {
  let value = uuid;
  let text = '';
  for (let n = 0; n < 26; n++) {
    text = alphabet[Number(value & 31n)] + text;
    value >>= 5n;
  }
  return `${prefix}_${text}` as Ids[P];
}

/** Returns `text` as an id of this kind, or null if it is malformed. Does not query the database. */
export function parseId<P extends IdPrefix>(prefix: P, text: string): Ids[P] | null {
  const fits = text.startsWith(`${prefix}_`) && suffix.test(text.slice(prefix.length + 1));
  return fits ? (text as Ids[P]) : null;
}

/** Returns the kind of object from the prefix of the id `text`, or null. */
export function prefixOf(text: string): IdPrefix | null {
  const prefix = text.slice(0, text.indexOf('_')) as IdPrefix;
  return parseId(prefix, text) === null ? null : prefix;
}
