import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import type { Session } from '../../storage/session.js';
import { sql } from '../../storage/sql.js';
import type { OAuthGrant } from './oauth-grant.js';

/** Records the session that a new grant of an application depends on. A repeated call has no effect. */
export async function insertGrant(
  session: Session,
  grant: Omit<OAuthGrant, 'endedAt' | 'applicationId'> & { applicationId: string },
): Promise<void> {
  const { organizationId, id, sessionId, applicationId, createdAt } = grant;
  await session.query(sql`insert into oauth_grants (organization_id, id, session_id, application_id, created_at)
    values (${organizationId}, ${id}, ${sessionId}, ${applicationId}, ${createdAt})
    on conflict do nothing`);
}

/** Ends a grant. Returns true if no other grant of its session is left. The caller must have locked the session. */
export async function endGrantOfSession(
  tx: Tx,
  { id, sessionId }: Pick<OAuthGrant, 'id' | 'sessionId'>,
): Promise<boolean> {
  await tx.session.query(
    sql`update oauth_grants set ended_at = ${tx.now} where organization_id = ${scopeOf(tx)} and id = ${id}`,
  );
  tx.credentialsChanged = true;
  const others = await tx.session.query(
    sql`select 1 from oauth_grants
      where organization_id = ${scopeOf(tx)} and session_id = ${sessionId} and ended_at is null limit 1`,
  );
  return others.length === 0;
}
