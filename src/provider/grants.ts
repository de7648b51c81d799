import { liveSession, sessionsOf } from '../access/look-up.js';
import { system } from '../access/principal.js';
import { scopeOf } from '../access/scope.js';
import { endSessionsById } from '../access/session.js';
import type { Store } from '../access/store.js';
import { write } from '../access/write.js';
import type { OrganizationId, SessionId, UserId } from '../ids.js';
import { once, type Sql, sql } from '../storage/sql.js';

/** SQL: the grant with this id rests on a sign-in that is good in every respect at that time. */
export const liveGrant = (id: Sql, now: Sql): Sql => sql`exists (
  select from oauth_grants g
  join sessions s on s.organization_id = g.organization_id and s.id = g.session_id ${sessionsOf}
  where g.id = ${id} and g.ended_at is null and ${liveSession(now)})`;

/** The sign-in that a grant rests on. */
export interface GrantedSession {
  organizationId: OrganizationId;
  sessionId: SessionId;
  userId: UserId;
  connectionId: string;
  acr: string | null;
  amr: string[] | null;
  /** Null if the IdP gave none. */
  authTime: Date | null;
  expiresAt: Date;
  idpSession: string | null;
  idpSubject: string | null;
  /** The folded email address that the IdP asserted, and whether it vouched for it. */
  idpEmailKey: string | null;
  idpEmailVerified: boolean | null;
}

interface Row {
  organization_id: OrganizationId;
  id: SessionId;
  user_id: UserId;
  connection_id: string;
  acr: string | null;
  amr: string[] | null;
  auth_time: Date | null;
  expires_at: Date;
  idp_session: string | null;
  idp_subject: string | null;
  idp_email_key: string | null;
  idp_email_verified: boolean | null;
}

/** The live sign-in under any of these grants; null when there is none. */
export async function sessionUnder(store: Store, grantIds: readonly string[]): Promise<GrantedSession | null> {
  if (grantIds.length === 0) return null;
  const [row] = await store.database.query<Row>(
    sql`select s.* from oauth_grants og
     join sessions s on s.organization_id = og.organization_id and s.id = og.session_id
     where og.id = any(${grantIds}) and ${liveGrant(sql`og.id`, once(store.now()))} order by s.id desc limit 1`,
  );
  if (!row) return null;
  return {
    organizationId: row.organization_id,
    sessionId: row.id,
    userId: row.user_id,
    connectionId: row.connection_id,
    acr: row.acr,
    amr: row.amr,
    authTime: row.auth_time,
    expiresAt: row.expires_at,
    idpSession: row.idp_session,
    idpSubject: row.idp_subject,
    idpEmailKey: row.idp_email_key,
    idpEmailVerified: row.idp_email_verified,
  };
}

/** Puts down which sign-in a new grant of an application rests on. */
export async function bindGrant(
  store: Store,
  grantId: string,
  { organizationId, sessionId, applicationId }: { organizationId: string; sessionId: string; applicationId: string },
): Promise<void> {
  await store.database.query(sql`insert into oauth_grants (organization_id, id, session_id, application_id,
    created_at) values (${organizationId}, ${grantId}, ${sessionId},
    ${applicationId}, ${store.now()})
     on conflict do nothing`);
}

/** Ends a grant and everything that was issued under it; the last one of a sign-in ends that too. A repeat does nothing. */
export async function endGrant(store: Store, grantId: string, because: 'signedOut' | 'revoked'): Promise<void> {
  const [grant] = await store.database.query<{
    organization_id: OrganizationId;
    session_id: SessionId;
  }>(sql`select organization_id, session_id
    from oauth_grants where id = ${grantId}
    and ended_at is null`);
  await store.database.query(sql`delete from oauth_artifacts where grant_id = ${grantId}`);
  if (!grant) return;
  await write(store, system(grant.organization_id), async (tx) => {
    const { session_id: sessionId } = grant;
    await tx.session.query(
      sql`select 1 from sessions where organization_id = ${scopeOf(tx)} and id = ${sessionId} for update`,
    );
    await tx.session.query(sql`update oauth_grants set ended_at = ${tx.now} where organization_id = ${scopeOf(tx)}
      and id = ${grantId}`);
    tx.credentialsChanged = true;
    const others = await tx.session.query(
      sql`select 1 from oauth_grants
        where organization_id = ${scopeOf(tx)} and session_id = ${sessionId} and ended_at is null limit 1`,
    );
    if (others.length > 0) return;
    for (const { id, userId } of await endSessionsById(tx, [grant.session_id])) {
      const data = { id, userId, because };
      tx.emit({ type: 'session.revoked', subject: { type: 'user', id: userId }, data });
    }
  });
}

/** Removes what has run out. */
export async function pruneArtifacts({ database, now }: Store): Promise<void> {
  const at = now();
  await database.query(sql`delete from oauth_artifacts where expires_at < ${at}`);
  // A trip that ran out names the application that has to be told, for as long as the interaction lasts.
  await database.query(sql`delete from sign_in_transactions
    where expires_at < ${at}::timestamptz - interval '1 hour'`);
  await database.query(sql`delete from used_tokens where until < ${at}`);
  await database.query(sql`delete from link_requests where expires_at < ${at}`);
}
