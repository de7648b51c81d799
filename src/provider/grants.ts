import { liveSession, sessionsOf } from '../access/look-up.js';
import { system } from '../access/principal.js';
import { endSessionsById } from '../access/session.js';
import type { Store } from '../access/store.js';
import { write } from '../access/write.js';
import type { OrganizationId, SessionId, UserId } from '../ids.js';

/** SQL: the grant with this id rests on a sign-in that is good in every respect at that time. */
export const liveGrant = (id: string, now: string): string => `exists (
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
    `select s.* from oauth_grants og
     join sessions s on s.organization_id = og.organization_id and s.id = og.session_id
     where og.id = any($1) and ${liveGrant('og.id', '$2')} order by s.id desc limit 1`,
    [grantIds, store.now()],
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
  await store.database.query(
    `insert into oauth_grants (organization_id, id, session_id, application_id, created_at) values ($1, $2, $3, $4, $5)
     on conflict do nothing`,
    [organizationId, grantId, sessionId, applicationId, store.now()],
  );
}

/** Ends a grant and everything that was issued under it; the last one of a sign-in ends that too. A repeat does nothing. */
export async function endGrant(store: Store, grantId: string, because: 'signedOut' | 'revoked'): Promise<void> {
  const [grant] = await store.database.query<{ organization_id: OrganizationId; session_id: SessionId }>(
    'select organization_id, session_id from oauth_grants where id = $1 and ended_at is null',
    [grantId],
  );
  await store.database.query('delete from oauth_artifacts where grant_id = $1', [grantId]);
  if (!grant) return;
  await write(store, system(grant.organization_id), async (tx) => {
    const values = [tx.organizationId, grant.session_id];
    await tx.session.query('select 1 from sessions where organization_id = $1 and id = $2 for update', values);
    await tx.session.query('update oauth_grants set ended_at = $3 where organization_id = $1 and id = $2', [
      tx.organizationId,
      grantId,
      tx.now,
    ]);
    tx.credentialsChanged = true;
    const others = await tx.session.query(
      'select 1 from oauth_grants where organization_id = $1 and session_id = $2 and ended_at is null limit 1',
      values,
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
  await database.query('delete from oauth_artifacts where expires_at < $1', [at]);
  // A trip that ran out names the application that has to be told, for as long as the interaction lasts.
  await database.query("delete from sign_in_transactions where expires_at < $1::timestamptz - interval '1 hour'", [at]);
  await database.query('delete from used_tokens where until < $1', [at]);
  await database.query('delete from link_requests where expires_at < $1', [at]);
}
