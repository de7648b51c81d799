import { authorize } from '../../access/authorize.js';
import { scopeOf } from '../../access/scope.js';
import type { Read } from '../../access/write.js';
import { type ListedRows, listRows } from '../../storage/list-rows.js';
import { sql } from '../../storage/sql.js';
import { SignInSession } from './session.js';

/** Returns the queries of the valid sessions of a user. @throws Forbidden */
export function listSessions(read: Read, userId: string, now: Date): ListedRows<SignInSession> {
  authorize(read, 'session.read', { organizationId: read.organizationId, userId });
  return listRows(
    read.session,
    SignInSession,
    sql`organization_id = ${scopeOf(read)} and user_id = ${userId} and ended_at is null and expires_at > ${now}`,
  );
}
