import type { IdPrefix } from './ids.js';

/** Names of objects in descriptions, by the prefix of their ids. */
const nouns: Readonly<Record<IdPrefix, string>> = {
  org: 'organization',
  dom: 'domain',
  conn: 'connection',
  user: 'user',
  group: 'group',
  evt: 'event',
  key: 'API key',
  tok: 'SCIM token',
  ses: 'session',
  req: 'entry in the request log',
  cli: 'SCIM client',
  app: 'application',
  asec: 'client secret',
  link: 'link request',
  trip: 'trip',
  setup: 'setup link',
  hook: 'webhook endpoint',
  dlv: 'delivery',
  cons: 'consumer',
};

/** Returns the description of an id that the API returns (TypeID). */
export const typeId = (prefix: IdPrefix): string =>
  `Starts with \`${prefix}_\`, and never changes. Ids sort by time of creation.`;

/** Returns the description of an id that a caller sends. */
export const knownId = (prefix: IdPrefix): string =>
  `Id of the ${nouns[prefix]}. Fails with NOT_FOUND if it is unknown or belongs to another organization.`;

/** Returns the description of an id by which a query finds an object. */
export const soughtId = (prefix: IdPrefix): string => `Id of the ${nouns[prefix]}, which starts with \`${prefix}_\`.`;

/** Description of `updatedAt` of an object whose changes can be guarded against concurrent ones. */
export const guardedUpdatedAt =
  'Time of the last change. Send it as `expectedUpdatedAt` to detect a concurrent change.';

/** Description of `expectedUpdatedAt`. */
export const expectedUpdatedAt =
  'The `updatedAt` that you last read. Fails with CONFLICT if the object has changed since.';
