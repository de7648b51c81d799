import { system } from '../access/principal.js';
import { scopeOf } from '../access/scope.js';
import type { Store } from '../access/store.js';
import { write } from '../access/write.js';
import { deleteArtifactsOfGrant } from '../credentials/oauth/artifacts.js';
import { endGrantOfSession, insertGrant } from '../credentials/oauth/grants.js';
import { OAuthGrant } from '../credentials/oauth/oauth-grant.js';
import { liveSession, sessionsOf } from '../directory/sessions/live-session.js';
import { endSessionsById, type SignInSession } from '../directory/sessions/session.js';
import type { ConnectionId, OrganizationId, SessionId } from '../kernel/ids.js';
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
export const bindGrant = (
  { database, now }: Store,
  id: string,
  session: { organizationId: OrganizationId; sessionId: SessionId; applicationId: string },
): Promise<void> => insertGrant(database, { ...session, id, createdAt: now() });

/**
 * Ends a grant and everything that was issued under it. The last grant of a sign-in also ends the sign-in. A repeated
 * call has no effect.
 */
export async function endGrant(store: Store, grantId: string, because: 'signedOut' | 'revoked'): Promise<void> {
  const [grant] = await store.database.rows(OAuthGrant, sql`id = ${grantId} and ended_at is null`);
  await deleteArtifactsOfGrant(store.database, grantId);
  if (!grant) return;
  const { organizationId, sessionId } = grant;
  await write(store, system(organizationId), async (tx) => {
    await tx.session.query(
      sql`select 1 from sessions where organization_id = ${scopeOf(tx)} and id = ${sessionId} for update`,
    );
    if (!(await endGrantOfSession(tx, { id: grantId, sessionId }))) return;
    for (const { id, userId } of await endSessionsById(tx, [sessionId])) {
      const data = { id, userId, because };
      tx.emit({ type: 'session.revoked', subject: { type: 'user', id: userId }, data });
    }
  });
}
