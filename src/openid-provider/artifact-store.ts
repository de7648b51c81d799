import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { Store } from '../access/store.js';
import { unbound } from '../credentials/oauth/access-token.js';
import {
  type ArtifactKey,
  consumeArtifact,
  deleteArtifact,
  grantOf,
  reuseArtifact,
  storeArtifact,
} from '../credentials/oauth/artifacts.js';
import type { OAuthArtifact } from '../credentials/oauth/oauth-artifact.js';
import { Application, publicGraceSeconds } from '../directory/applications/application.js';
import { findApplicationSecrets, provesBySecret } from '../directory/applications/application-secrets.js';
import { BadInput } from '../kernel/errors.js';
import { parseId } from '../kernel/ids.js';
import { hashSecret } from '../kernel/secrets.js';
import { once, type Sql, sql } from '../storage/sql.js';
import { commonScopes } from './account.js';
import { endGrant, liveGrant } from './grants.js';
import { errors } from './openid-library.js';

interface Row extends Pick<OAuthArtifact, 'consumedAt'> {
  payload: AdapterPayload;
  inGrace: boolean | null;
}

/**
 * The storage adapter of the OpenID provider in the database. Values are stored as hashes. An artifact that depends on
 * a sign-in is found only while the session, the user, the connection and the organization are valid. Consuming an
 * artifact is one conditional UPDATE: the row count decides, and a second use ends the whole grant.
 */
export class Artifacts implements Adapter {
  constructor(
    readonly store: Store,
    readonly kind: string,
  ) {}

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    // The value itself is a secret; it is added again when it is returned.
    const { jti: _value, ...kept } = moved(payload, this.#offset());
    const grantId = this.kind === 'Grant' ? id : (payload.grantId ?? null);
    const expiresAt = expiresIn === undefined ? null : new Date(this.store.now().getTime() + expiresIn * 1000);
    const artifact = { ...this.#key(id), payload: kept, grantId, uid: payload.uid ?? null, expiresAt };
    try {
      if (await storeArtifact(this.store.database, artifact, this.kind === 'ReplayDetection')) return;
    } catch (error) {
      if (error instanceof BadInput) throw new errors.InvalidRequest(error.message);
      throw error;
    }
    throw new errors.InvalidClient('client assertion was already used', 'replay');
  }

  #key(id: string): ArtifactKey {
    return { kind: this.kind, hash: hashSecret(id) };
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    if (this.kind === 'Client') return clientOf(this.store, id);
    const [row] = await this.store.database.query<Row>(sql`${this.#selected()} and a.hash = ${hashSecret(id)}`);
    const consumed = row?.consumedAt && !row.inGrace ? { consumed: seconds(row.consumedAt) } : {};
    return row && { ...moved(row.payload, -this.#offset()), jti: id, ...consumed };
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    const [row] = await this.store.database.query<Row>(sql`${this.#selected()} and a.uid = ${uid}`);
    return row && { ...moved(row.payload, -this.#offset()), jti: '' };
  }

  /**
   * Returns the seconds from the clock of this machine, which the library reads, to that of the database, which all
   * nodes share.
   */
  #offset(): number {
    const ms = this.store.now().getTime() - Date.now();
    return Math.abs(ms) < toleratedMs ? 0 : Math.round(ms / 1_000);
  }

  /** Selects valid artifacts of the kind, as `a`. */
  #selected(): Sql {
    const now = once(this.store.now());
    return sql`select a.payload, a.consumed_at as "consumedAt", ${inGrace(now)} as "inGrace" from oauth_artifacts a
      where a.kind = ${this.kind} and (a.expires_at is null or a.expires_at > ${now})
        and (a.grant_id is null or ${liveGrant(sql`a.grant_id`, now)}) and ${unbound(sql`a.payload`)}`;
  }

  async findByUserCode(): Promise<undefined> {
    return undefined;
  }

  async consume(id: string): Promise<void> {
    const now = once(this.store.now());
    const { database } = this.store;
    const key = this.#key(id);
    if (await consumeArtifact(database, key, this.store.now())) return;
    if (await reuseArtifact(database, key, { now, isAllowed: inGrace(now) })) return;
    const grantId = await grantOf(database, key);
    if (grantId) await endGrant(this.store, grantId, 'revoked');
    throw new errors.InvalidGrant('the grant was already used');
  }

  async destroy(id: string): Promise<void> {
    await deleteArtifact(this.store.database, this.#key(id));
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await endGrant(this.store, grantId, 'revoked');
  }
}

/** A difference of the clocks below this limit is ignored. */
const toleratedMs = 2_000;

/** Returns the payload with the times that the library has set, shifted by `offset` seconds. */
function moved(payload: AdapterPayload, offset: number): AdapterPayload {
  if (offset === 0) return payload;
  const times = ['iat', 'exp', 'iiat'].flatMap((name) => {
    const value: unknown = payload[name];
    return typeof value === 'number' ? [[name, value + offset]] : [];
  });
  return { ...payload, ...Object.fromEntries(times) };
}

/** SQL: seconds for which the application `p` accepts a used refresh token once more. */
const graceSeconds = sql`coalesce(p.refresh_grace_seconds,
  case p.token_endpoint_auth_method when 'NONE' then ${publicGraceSeconds} else 0 end)`;

/**
 * SQL: the artifact is a refresh token that was used once, within the grace period of its application. Two tabs that
 * refresh at the same moment cannot be distinguished from a thief in any other way. A third use is never accepted. A
 * grace period of zero is checked separately: of two concurrent uses, the one that waited can have an earlier time than
 * the recorded use.
 */
const inGrace = (
  now: Sql,
): Sql => sql`(a.kind = 'RefreshToken' and a.consumed_at is not null and a.reused_at is null and exists (
    select from applications p where p.id = a.payload->>'clientId'
      and ${graceSeconds} > 0 and ${now} < a.consumed_at + make_interval(secs => ${graceSeconds})))`;

const seconds = (date: Date) => Math.floor(date.getTime() / 1000);

async function clientOf({ database, now }: Store, id: string): Promise<AdapterPayload | undefined> {
  const key = parseId('app', id);
  const [application] = key
    ? await database.rows(
        Application,
        sql`id = ${key} and (organization_id is null or exists (
          select from organizations o where o.id = applications.organization_id and o.status = 'ACTIVE'))`,
      )
    : [];
  if (!application) return undefined;
  const { jwks, backchannelLogoutUri, apiScopes } = application;
  const secrets = await findApplicationSecrets({ session: database, now: now() }, application.id);
  return {
    client_id: application.id,
    client_name: application.name,
    // Compared by its hash: see compareClientSecret.
    ...(provesBySecret(application) && {
      client_secret: secrets.map(({ hash }) => hash.toString('hex')).join() || 'none',
    }),
    ...(jwks && { jwks }),
    token_endpoint_auth_method: application.tokenEndpointAuthMethod.toLowerCase(),
    redirect_uris: application.redirectUris,
    post_logout_redirect_uris: application.postLogoutRedirectUris,
    ...(backchannelLogoutUri && {
      backchannel_logout_uri: backchannelLogoutUri,
      backchannel_logout_session_required: true,
    }),
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    scope: [...commonScopes, ...apiScopes].join(' '),
  } as AdapterPayload;
}
