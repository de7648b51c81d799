import { system } from '../access/principal.js';
import { scopeOf } from '../access/scope.js';
import type { Store } from '../access/store.js';
import { write } from '../access/write.js';
import { liveSession, sessionsOf } from '../authentication/find-credentials.js';
import { OAuthGrant } from '../credentials/oauth/oauth-grant.js';
import { endSessionsById, type SignInSession } from '../directory/sessions/session.js';
import type { ConnectionId, SessionId } from '../kernel/ids.js';
import { once, type Sql, sql } from '../storage/sql.js';

/** SQL: the grant with this id depends on a sign-in that is valid at that time. */
export const liveGrant = (id: Sql, now: Sql): Sql => sql`exists (
  select from oauth_grants g
  join sessions s on s.organization_id = g.organization_id and s.id = g.session_id ${sessionsOf}
  where g.id = ${id} and g.ended_at is null and ${liveSession(now)})`;

/** The sign-in that a grant depends on. */
export type GrantedSession = { sessionId: SessionId; connectionId: ConnectionId } & Pick<
  SignInSession,
  | 'organizationId'
  | 'userId'
  | 'acr'
  | 'amr'
  | 'authTime'
  | 'expiresAt'
  | 'idpSession'
  | 'idpSubject'
  | 'idpEmailKey'
  | 'idpEmailVerified'
>;

/** Returns the valid sign-in under any of these grants; null if there is none. */
export async function sessionUnder(store: Store, grantIds: readonly string[]): Promise<GrantedSession | null> {
  if (grantIds.length === 0) return null;
  const [session] = await store.database.query<GrantedSession>(
    sql`select s.organization_id as "organizationId", s.id as "sessionId", s.user_id as "userId",
        s.connection_id as "connectionId", s.acr, s.amr, s.auth_time as "authTime", s.expires_at as "expiresAt",
        s.idp_session as "idpSession", s.idp_subject as "idpSubject", s.idp_email_key as "idpEmailKey",
        s.idp_email_verified as "idpEmailVerified"
      from oauth_grants og
      join sessions s on s.organization_id = og.organization_id and s.id = og.session_id
      where og.id = any(${grantIds}) and ${liveGrant(sql`og.id`, once(store.now()))}
      order by s.id desc limit 1`,
  );
  return session ?? null;
}

/** Records the sign-in that a new grant of an application depends on. */
export async function bindGrant(
  store: Store,
  grantId: string,
  { organizationId, sessionId, applicationId }: { organizationId: string; sessionId: string; applicationId: string },
): Promise<void> {
  await store.database.query(sql`insert into oauth_grants (organization_id, id, session_id, application_id, created_at)
    values (${organizationId}, ${grantId}, ${sessionId}, ${applicationId}, ${store.now()})
    on conflict do nothing`);
}

/**
 * Ends a grant and everything that was issued under it. The last grant of a sign-in also ends the sign-in. A repeated
 * call has no effect.
 */
export async function endGrant(store: Store, grantId: string, because: 'signedOut' | 'revoked'): Promise<void> {
  const [grant] = await store.database.rows(OAuthGrant, sql`id = ${grantId} and ended_at is null`);
  await store.database.query(sql`delete from oauth_artifacts where grant_id = ${grantId}`);
  if (!grant) return;
  const { organizationId, sessionId } = grant;
  await write(store, system(organizationId), async (tx) => {
    await tx.session.query(
      sql`select 1 from sessions where organization_id = ${scopeOf(tx)} and id = ${sessionId} for update`,
    );
    await tx.session.query(
      sql`update oauth_grants set ended_at = ${tx.now} where organization_id = ${scopeOf(tx)} and id = ${grantId}`,
    );
    tx.credentialsChanged = true;
    const others = await tx.session.query(
      sql`select 1 from oauth_grants
        where organization_id = ${scopeOf(tx)} and session_id = ${sessionId} and ended_at is null limit 1`,
    );
    if (others.length > 0) return;
    for (const { id, userId } of await endSessionsById(tx, [sessionId])) {
      const data = { id, userId, because };
      tx.emit({ type: 'session.revoked', subject: { type: 'user', id: userId }, data });
    }
  });
}

/** Deletes expired artifacts, sign-in transactions, used tokens and link requests. */
export async function pruneArtifacts({ database, now }: Store): Promise<void> {
  const at = now();
  await database.query(sql`delete from oauth_artifacts where expires_at < ${at}`);
  // An expired trip is kept as long as the interaction: it names the application to which the error must be sent.
  await database.query(sql`delete from sign_in_transactions
    where expires_at < ${at}::timestamptz - interval '1 hour'`);
  await database.query(sql`delete from used_tokens where until < ${at}`);
  await database.query(sql`delete from link_requests where expires_at < ${at}`);
}
