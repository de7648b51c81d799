import { administrativePattern } from '../access/administrative.js';
import type { ConnectionSettings } from '../access/connection-settings.js';
import { type ApiScope, apiScopes, type Principal, type Scope } from '../access/principal.js';
import { unbound } from '../credentials/oauth/access-token.js';
import { liveSession, sessionsOf } from '../directory/sessions/live-session.js';
import type { Session } from '../storage/session.js';
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
  settings: ConnectionSettings | null;
  expiresAt: Date | null;
  apiScopes: ApiScope[] | null;
}

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
