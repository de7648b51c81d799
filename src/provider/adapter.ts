import type { Adapter, AdapterPayload } from 'oidc-provider';
import { unbound } from '../access/look-up.js';
import { hashSecret } from '../access/secrets.js';
import type { Store } from '../access/store.js';
import { Application, publicGraceSeconds } from '../directory/applications/application.js';
import { findApplicationSecrets, provesBySecret } from '../directory/applications/application-secrets.js';
import { BadInput } from '../errors.js';
import { parseId } from '../ids.js';
import { errors } from '../openid-library.js';
import { commonScopes } from './account.js';
import { endGrant, liveGrant } from './grants.js';

interface Row {
  payload: AdapterPayload;
  consumed_at: Date | null;
  expires_at: Date | null;
  in_grace: boolean | null;
}

/**
 * What the OpenID provider keeps, in the database: each value by its hash, and whatever rests on a sign-in is found only
 * while that sign-in, the person, the connection and the organization are good. Using something up is one conditional
 * UPDATE whose row count decides; the second of two loses, and with it everything of that grant.
 */
export class Artifacts implements Adapter {
  constructor(
    readonly store: Store,
    readonly kind: string,
  ) {}

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    // The value itself is a secret; it is put back when it is shown again.
    const { jti: _value, ...kept } = payload;
    const grantId = this.kind === 'Grant' ? id : (payload.grantId ?? null);
    const expiresAt = expiresIn === undefined ? null : new Date(this.store.now().getTime() + expiresIn * 1000);
    const isOnce = this.kind === 'ReplayDetection';
    const written = await this.#write(
      `insert into oauth_artifacts (kind, hash, payload, grant_id, uid, expires_at) values ($1, $2, $3, $4, $5, $6)
       on conflict (kind, hash) do ${isOnce ? 'nothing' : 'update set payload = $3, grant_id = $4, uid = $5, expires_at = $6'}
       returning 1`,
      [this.kind, hashSecret(id), JSON.stringify(kept), grantId, payload.uid ?? null, expiresAt],
    );
    if (written.length === 0) throw new errors.InvalidClient('client assertion was used before', 'replay');
  }

  async #write(statement: string, values: unknown[]): Promise<unknown[]> {
    try {
      return await this.store.database.query(statement, values);
    } catch (error) {
      if (error instanceof BadInput) throw new errors.InvalidRequest(error.message);
      throw error;
    }
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    if (this.kind === 'Client') return clientOf(this.store, id);
    const [row] = await this.store.database.query<Row>(`${select} and a.hash = $3`, [
      this.kind,
      this.store.now(),
      hashSecret(id),
    ]);
    const consumed = row?.consumed_at && !row.in_grace ? { consumed: seconds(row.consumed_at) } : {};
    return row && { ...row.payload, jti: id, ...consumed };
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    const [row] = await this.store.database.query<Row>(`${select} and a.uid = $3`, [this.kind, this.store.now(), uid]);
    return row && { ...row.payload, jti: '' };
  }

  async findByUserCode(): Promise<undefined> {
    return undefined;
  }

  async consume(id: string): Promise<void> {
    const values = [this.kind, hashSecret(id), this.store.now()];
    const used = await this.store.database.query(
      'update oauth_artifacts set consumed_at = $3 where kind = $1 and hash = $2 and consumed_at is null returning 1',
      values,
    );
    if (used.length === 1) return;
    const usedAgain = await this.store.database.query(
      `update oauth_artifacts a set reused_at = $3 where kind = $1 and hash = $2 and ${inGrace} returning 1`,
      values,
    );
    if (usedAgain.length === 1) return;
    const [row] = await this.store.database.query<{ grant_id: string | null }>(
      'select grant_id from oauth_artifacts where kind = $1 and hash = $2',
      [this.kind, hashSecret(id)],
    );
    if (row?.grant_id) await endGrant(this.store, row.grant_id, 'revoked');
    throw new errors.InvalidGrant('it was used before');
  }

  async destroy(id: string): Promise<void> {
    await this.store.database.query('delete from oauth_artifacts where kind = $1 and hash = $2', [
      this.kind,
      hashSecret(id),
    ]);
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await endGrant(this.store, grantId, 'revoked');
  }
}

/**
 * SQL: the artifact is a refresh token that was used once, within the grace of its application. Two tabs of one client that
 * refresh at once are told apart from a thief by nothing else; the third use is never taken.
 */
const inGrace = `(a.kind = 'RefreshToken' and a.consumed_at is not null and a.reused_at is null and exists (
    select from applications p where p.id = a.payload->>'clientId' and $3 < a.consumed_at + make_interval(secs =>
      coalesce(p.refresh_grace_seconds, case p.token_endpoint_auth_method when 'NONE' then ${publicGraceSeconds} else 0 end))))`;

const select = `select a.payload, a.consumed_at, a.expires_at, ${inGrace.replace('$3', '$2')} as in_grace from oauth_artifacts a
  where a.kind = $1 and (a.expires_at is null or a.expires_at > $2) and (a.grant_id is null or ${liveGrant('a.grant_id', '$2')})
    and ${unbound('a.payload')}`;

const seconds = (date: Date) => Math.floor(date.getTime() / 1000);

async function clientOf({ database, now }: Store, id: string): Promise<AdapterPayload | undefined> {
  const key = parseId('app', id);
  const [application] = key
    ? await database.rows(
        Application,
        `id = $1 and (organization_id is null or exists (
           select from organizations o where o.id = applications.organization_id and o.status = 'ACTIVE'))`,
        [key],
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
