import { administrativePattern } from '../access/administrative.js';
import { type ApiScope, apiScopes, type Principal, type Scope } from '../access/principal.js';
import type { ScimSettings } from '../access/scim-settings.js';
import { isDatabaseLost } from '../kernel/errors.js';
import { prefixOf } from '../kernel/ids.js';
import type { Session } from '../storage/database.js';
import { once, type Sql, sql } from '../storage/sql.js';

type Fresh<P> = P extends unknown ? Omit<P, 'requestId'> : never;

/** Credential as read from the database. */
export interface Found {
  hash: Buffer;
  kind: 'apiKey' | 'scim' | 'user' | 'setup';
  id: string;
  organizationId: string | null;
  scopes: Scope[] | null;
  connectionId: string | null;
  userId: string | null;
  administrative: boolean | null;
  provider: string | null;
  settings: ScimSettings | null;
  expiresAt: Date | null;
  apiScopes: ApiScope[] | null;
}

/**
 * SQL condition: the session `s`, joined by `sessionsOf`, is valid at that time. Its user, connection and organization
 * are active.
 */
export const liveSession = (now: Sql): Sql => sql`s.ended_at is null and s.expires_at > ${now} and o.status = 'ACTIVE'
      and coalesce(c.state, 'ACTIVE') = 'ACTIVE' and (s.connection_id is null or c.id is not null)
      and u.active and u.suspended_at is null and u.deleted_at is null and u.invited_at is null`;
/** SQL joins from a session `s` to the rows that its validity depends on. */
export const sessionsOf = sql`join users u on u.organization_id = s.organization_id and u.id = s.user_id
    join organizations o on o.id = s.organization_id
    left join connections c on c.organization_id = s.organization_id and c.id = s.connection_id`;
/**
 * SQL condition: the token is not bound to a key or certificate (RFC 9449 section 6, RFC 8705 section 3), so it can be
 * used as a bearer token.
 */
export const unbound = (payload: Sql): Sql => sql`not ${payload} ?| array['jkt', 'x5t#S256', 'cnf']`;
const runsOrganization = sql`exists (select from unnest(u.roles) role where role ~* ${administrativePattern})`;

/**
 * SQL expression: scopes of the access token `a`, which are the requested scopes that its application `p` still has.
 * Applications that were created before scopes existed have all scopes without a request.
 */
const grantedScopes = sql`case
      when p.api_scopes_unasked and not string_to_array(a.payload->>'scope', ' ') && ${apiScopes}::text[]
        then p.api_scopes
      else array(select unnest(p.api_scopes) intersect select unnest(string_to_array(a.payload->>'scope', ' ')))
    end`;

// One statement reads everything that a credential depends on, so an ended credential is never accepted.
const statement = (hashes: Buffer[], now: Sql) => sql`
  with key as (
    select k.hash, 'apiKey' as kind, k.id, k.organization_id as "organizationId", k.scopes, null as "connectionId",
      null as "userId", null::boolean as administrative, null as provider, null::json as settings,
      k.expires_at as "expiresAt", null::text[] as "apiScopes"
    from api_keys k left join organizations o on o.id = k.organization_id
    where k.hash = any(${hashes}) and coalesce(o.status, 'ACTIVE') = 'ACTIVE'
  ), token as (
    select t.hash, 'scim', t.id, t.organization_id, null::text[], t.connection_id, null, null::boolean, c.provider,
      json_build_object('revision', c.settings_revision, 'attributeMappings', c.attribute_mappings,
        'groupMappings', c.group_mappings, 'grantableRoles', c.grantable_roles, 'entitlements', c.entitlements,
        'extensions', c.scim_extensions), t.expires_at, null::text[]
    from scim_tokens t
    join connections c on c.organization_id = t.organization_id and c.id = t.connection_id
    join organizations o on o.id = t.organization_id
    where t.hash = any(${hashes}) and c.scim_enabled and c.state = 'ACTIVE' and o.status = 'ACTIVE'
  ), sign_in as (
    select s.hash, 'user', s.id, s.organization_id, null::text[], s.connection_id, s.user_id, ${runsOrganization},
      null, null::json, s.expires_at, null::text[]
    from sessions s ${sessionsOf}
    where s.hash = any(${hashes}) and ${liveSession(now)}
  ), access as (
    select a.hash, 'user', s.id, s.organization_id, null::text[], s.connection_id, s.user_id, ${runsOrganization},
      null, null::json, least(a.expires_at, s.expires_at), ${grantedScopes}
    from oauth_artifacts a
    join oauth_grants g on g.id = a.grant_id
    join applications p on p.id = g.application_id
    join sessions s on s.organization_id = g.organization_id and s.id = g.session_id ${sessionsOf}
    where a.kind = 'AccessToken' and a.hash = any(${hashes}) and a.expires_at > ${now} and g.ended_at is null
      and ${unbound(sql`a.payload`)} and ${liveSession(now)}
  ), setup as (
    select l.hash, 'setup', l.id, l.organization_id, null::text[], l.connection_id, null, null::boolean, null,
      null::json, l.expires_at, null::text[]
    from setup_links l join organizations o on o.id = l.organization_id
    where l.hash = any(${hashes}) and l.expires_at > ${now} and o.status = 'ACTIVE'
  )
  select * from key
  union all select * from token
  union all select * from sign_in
  union all select * from access
  union all select * from setup`;

/** Returns the valid credentials with these hashes. Unknown, ended and disabled credentials are omitted. */
export const lookUp = (session: Session, hashes: Buffer[], now: Date): Promise<Found[]> =>
  session.query<Found>(statement(hashes, once(now)));

// `last_used_at` is accurate to one hour: a write for each request would cost more than the request.
const tables = { key: sql`api_keys`, tok: sql`scim_tokens` };

/** Records the use of an API key or SCIM token. The caller can still read if the database is read-only. */
export async function touchUse(session: Session, { id }: Found, now: Date): Promise<void> {
  const prefix = prefixOf(id);
  if (prefix !== 'key' && prefix !== 'tok') return;
  try {
    const used = once(now);
    await session.query(
      sql`update ${tables[prefix]} set last_used_at = ${used}
        where id = ${id} and coalesce(last_used_at, 'epoch') < ${used}::timestamptz - interval '1 hour'`,
    );
  } catch (error) {
    if (!isDatabaseLost(error)) throw error;
  }
}

/** Returns the principal of the credential. */
export function principalOf(row: Found): Fresh<Principal> {
  const { kind, organizationId, connectionId } = row;
  if (kind === 'apiKey') {
    return {
      kind,
      keyId: row.id,
      organizationId,
      platform: organizationId === null,
      scopes: row.scopes,
    } as Fresh<Principal>;
  }
  if (kind === 'scim') {
    const { provider, settings } = row;
    return { kind, organizationId, connectionId, tokenId: row.id, provider, settings } as Fresh<Principal>;
  }
  if (kind === 'setup') return { kind, organizationId, connectionId, linkId: row.id } as Fresh<Principal>;
  const administrative = row.administrative === true;
  const { id: sessionId, userId, apiScopes } = row;
  return { kind, organizationId, userId, sessionId, administrative, apiScopes } as Fresh<Principal>;
}
