import { randomUUID } from 'node:crypto';
import { prefixOf } from '../ids.js';
import type { Session } from '../storage/database.js';
import type { Principal, Scope } from './principal.js';
import type { ScimSettings } from './scim-settings.js';
import { hashSecret } from './secrets.js';

type Fresh<P> = P extends unknown ? Omit<P, 'requestId'> : never;
interface Entry {
  principal: Fresh<Principal> | null;
  expiresAt: Date | null;
  readAt: number;
}

/** How long another node's revocation may go unnoticed here. Our own takes effect before its caller is answered. */
const trustedMs = 1_000;
const capacity = 10_000;

/** Bearer secrets to principals, looked up by hash and kept for a second. */
export class Credentials {
  readonly #entries = new Map<string, Entry>();
  #generation = 0;

  constructor(
    readonly session: Session,
    readonly now: () => Date,
  ) {}

  /** The principal behind the secret, for one request; null when it is unknown, expired, revoked or switched off. */
  async find(secret: string, requestId: string = randomUUID()): Promise<Principal | null> {
    const hash = hashSecret(secret);
    const key = hash.toString('base64');
    const entry = this.#fresh(key) ?? (await this.#read(hash, key));
    if (!entry.principal || (entry.expiresAt && entry.expiresAt <= this.now())) return null;
    return { ...entry.principal, requestId };
  }

  /** Drops every look-up: something that credentials depend on has changed. */
  forget(): void {
    this.#entries.clear();
    this.#generation++;
  }

  #fresh(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    return entry && performance.now() - entry.readAt < trustedMs ? entry : undefined;
  }

  async #read(hash: Buffer, key: string): Promise<Entry> {
    const generation = this.#generation;
    const found = await look(this.session, hash, this.now());
    const entry = {
      principal: found?.principal ?? null,
      expiresAt: found?.expiresAt ?? null,
      readAt: performance.now(),
    };
    // What was read before a revocation must not be remembered after it.
    if (generation === this.#generation) {
      if (this.#entries.size >= capacity) this.#entries.clear();
      this.#entries.set(key, entry);
    }
    return entry;
  }
}

interface Found {
  kind: 'apiKey' | 'scim' | 'user';
  id: string;
  organization_id: string | null;
  scopes: Scope[] | null;
  connection_id: string | null;
  user_id: string | null;
  provider: string | null;
  settings: ScimSettings | null;
  expires_at: Date | null;
}

// `last_used_at` is kept to the hour: a write a request would cost more than the request.
const lookUp = `
  with key as (
    select 'apiKey' as kind, k.id, k.organization_id, k.scopes, null as connection_id, null as user_id, null as provider,
      null::json as settings, k.expires_at
    from api_keys k left join organizations o on o.id = k.organization_id
    where k.hash = $1 and coalesce(o.status, 'ACTIVE') = 'ACTIVE'
  ), token as (
    select 'scim', t.id, t.organization_id, null::text[], t.connection_id, null, c.provider,
      json_build_object('revision', c.settings_revision, 'attributeMappings', c.attribute_mappings,
        'groupMappings', c.group_mappings, 'grantableRoles', c.grantable_roles, 'entitlements', c.entitlements,
        'extensions', c.scim_extensions), t.expires_at
    from scim_tokens t
    join connections c on c.organization_id = t.organization_id and c.id = t.connection_id
    join organizations o on o.id = t.organization_id
    where t.hash = $1 and c.scim_enabled and c.state = 'ACTIVE' and o.status = 'ACTIVE'
  ), sign_in as (
    select 'user', s.id, s.organization_id, null::text[], s.connection_id, s.user_id, null, null::json, s.expires_at
    from sessions s
    join users u on u.organization_id = s.organization_id and u.id = s.user_id
    join organizations o on o.id = s.organization_id
    left join connections c on c.organization_id = s.organization_id and c.id = s.connection_id
    where s.hash = $1 and s.ended_at is null and o.status = 'ACTIVE' and coalesce(c.state, 'ACTIVE') = 'ACTIVE'
      and u.active and u.suspended_at is null and u.deleted_at is null
  )
  select * from key union all select * from token union all select * from sign_in`;

const touch = {
  key: `update api_keys set last_used_at = $2 where id = $1 and coalesce(last_used_at, 'epoch') < $2::timestamptz - interval '1 hour'`,
  tok: `update scim_tokens set last_used_at = $2 where id = $1 and coalesce(last_used_at, 'epoch') < $2::timestamptz - interval '1 hour'`,
};

async function look(session: Session, hash: Buffer, now: Date) {
  const [row] = await session.query<Found>(lookUp, [hash]);
  if (!row) return null;
  const prefix = prefixOf(row.id);
  if (prefix === 'key' || prefix === 'tok') await session.query(touch[prefix], [row.id, now]);
  return { principal: principalOf(row), expiresAt: row.expires_at };
}

function principalOf(row: Found): Fresh<Principal> {
  const { kind, organization_id: organizationId, connection_id: connectionId } = row;
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
  return { kind, organizationId, userId: row.user_id, sessionId: row.id } as Fresh<Principal>;
}
