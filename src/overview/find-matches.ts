import { isAllowed } from '../access/authorize.js';
import type { Action } from '../access/policy.js';
import type { Principal } from '../access/principal.js';
import { BadInput } from '../kernel/errors.js';
import { fold, foldDomain } from '../kernel/fold.js';
import type { OrganizationId } from '../kernel/ids.js';
import { enumType } from '../kernel/node.js';
import { lengthError } from '../kernel/text-limits.js';
import type { Session } from '../storage/session.js';
import { and, integer, join, once, type Sql, sql } from '../storage/sql.js';

export const findMatches = enumType('FindMatch', 'Property of an object that equals the text of `find`.', {
  ID: 'Id of the object, with its prefix.',
  EVENT_ID: 'Id of an event, which begins with `evt_`.',
  REQUEST_ID: 'Id of a logged request, or the request id that pages, logs and events contain.',
  CLIENT_ID: 'Client id of an application, or of a SCIM client. The result of a SCIM client is its connection.',
  USER_NAME: 'userName of a user, without regard to case.',
  EMAIL: 'Email address of a user, without regard to case.',
  EXTERNAL_ID: 'externalId of an organization, or of a user or group at an IdP.',
  SUBJECT: "Subject of a user's sign-ins at an IdP.",
  DOMAIN: 'Name of a claimed domain.',
  NAME: 'Name of an organization, or a name that begins with the text. In a search of one organization also the name of a user or group.',
});
export type FindMatch = keyof typeof findMatches;

/** Object that a text leads to. */
export interface Match {
  organizationId: OrganizationId;
  id: string;
  matchedBy: FindMatch;
}

/** Part of the search. It reads one index, and is left out for callers who cannot read the property. */
interface Part {
  matchedBy: FindMatch;
  action: Action;
  /** Selects `organization_id` and `id`. `scope` is the condition for the organization. */
  rows: (scope: (organizationId: Sql) => Sql) => Sql;
}

/** Maximum number of objects with the same property. `maximumResults` of the resolver limits all results. */
const mostOfOneKind = 20;

/**
 * Returns the objects whose properties equal the text, each once, the most specific property first. Names that begin
 * with the text come last. A caller of one organization finds only objects of this organization, and only by properties
 * that the caller can read. The caller must check whether each object is visible.
 *
 * @throws BadInput if the text is too long for an index
 */
export async function matchesOf(database: Session, principal: Principal, text: string): Promise<Match[]> {
  const fault = lengthError(text);
  if (fault) throw new BadInput(`"text" ${fault}.`, 'text');
  if (text === '') return [];
  const { organizationId } = principal;
  const own = once(organizationId);
  const scope = (column: Sql): Sql => (organizationId === null ? sql`true` : sql`${column} = ${own}`);
  const parts = partsFor(text, organizationId).filter(({ action }) =>
    isAllowed({ principal }, action, { organizationId }),
  );
  if (parts.length === 0) return [];
  const found = await database.run<{ n: number; organizationId: OrganizationId; id: string }>(
    sql`select m.n, m.organization_id as "organizationId", m.id
      from (${join(
        parts.map(
          ({ rows }, n) => sql`(select ${integer(n)} as n, part.* from (${rows(scope)}) part
          join organizations o on o.id = part.organization_id and o.deleted_at is null limit ${integer(mostOfOneKind)})`,
        ),
        ' union all ',
      )}) m
      order by m.n, m.organization_id, m.id`,
  );
  const matches = new Map<string, Match>();
  for (const { n, organizationId: home, id } of found) {
    const matchedBy = parts[n]?.matchedBy;
    if (matchedBy && !matches.has(id)) matches.set(id, { organizationId: home, id, matchedBy });
  }
  return [...matches.values()];
}

function partsFor(text: string, organizationId: OrganizationId | null): Part[] {
  const folded = fold(text);
  const key = once(folded);
  const given = once(text);
  const domain = foldDomain(text);
  const from = (table: Sql, condition: Sql) => (scope: (column: Sql) => Sql) =>
    sql`select organization_id, id from ${table} where ${and(condition, scope(sql`organization_id`))}`;
  const identities = (column: Sql) => (scope: (column: Sql) => Sql) =>
    sql`select organization_id, user_id as id from identities
      where ${and(sql`${column} = ${given}`, scope(sql`organization_id`))}`;
  const organizations = (condition: Sql) => (scope: (column: Sql) => Sql) =>
    sql`select id as organization_id, id from organizations where ${and(condition, scope(sql`id`))}`;
  return [
    {
      matchedBy: 'REQUEST_ID',
      action: 'request.read',
      rows: from(sql`provisioning_requests`, sql`request_id = ${given}`),
    },
    { matchedBy: 'REQUEST_ID', action: 'event.read', rows: from(sql`events`, sql`request_id = ${given}`) },
    {
      matchedBy: 'CLIENT_ID',
      action: 'connection.read',
      rows: (scope) => sql`select organization_id, connection_id as id from scim_clients
        where ${and(sql`id = ${given}`, scope(sql`organization_id`))}`,
    },
    { matchedBy: 'USER_NAME', action: 'user.read', rows: from(sql`users`, sql`user_name_key = ${key}`) },
    { matchedBy: 'EMAIL', action: 'user.read', rows: from(sql`users`, sql`email_keys @> array[${key}::text]`) },
    { matchedBy: 'EXTERNAL_ID', action: 'organization.read', rows: organizations(sql`external_id = ${given}`) },
    { matchedBy: 'EXTERNAL_ID', action: 'user.readPrivate', rows: identities(sql`external_id`) },
    {
      matchedBy: 'EXTERNAL_ID',
      action: 'organization.readPrivate',
      rows: from(sql`groups`, sql`external_id = ${given}`),
    },
    { matchedBy: 'SUBJECT', action: 'user.readPrivate', rows: identities(sql`subject`) },
    ...(domain === null
      ? []
      : [
          {
            matchedBy: 'DOMAIN',
            action: 'organization.readPrivate',
            rows: from(sql`domains`, sql`domain = ${domain}`),
          } as const,
        ]),
    // The names of users and groups have indexes for each organization only.
    ...(organizationId === null
      ? []
      : ([
          { matchedBy: 'NAME', action: 'user.read', rows: from(sql`users`, sql`display_name_key = ${key}`) },
          { matchedBy: 'NAME', action: 'group.read', rows: from(sql`groups`, sql`display_name_key = ${key}`) },
        ] as const)),
    { matchedBy: 'NAME', action: 'organization.read', rows: organizations(sql`lower(name) = ${key}`) },
    {
      matchedBy: 'NAME',
      action: 'organization.read',
      // A range instead of LIKE, whose plan with a bound pattern cannot use the index. U+10FFFF sorts last.
      rows: organizations(sql`lower(name) ~>=~ ${key} and lower(name) ~<~ ${`${folded}\u{10ffff}`}`),
    },
  ];
}
