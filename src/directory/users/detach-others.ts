import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import { domainOf } from '../../kernel/fold.js';
import type { ConnectionId } from '../../kernel/ids.js';
import { sql } from '../../storage/sql.js';
import { assignedTo, verifiedDomain } from '../organizations/domain-sql.js';
import { endSessionsById } from '../sessions/session.js';
import type { Identity } from './identity.js';
import { subjectOf, type User, userState } from './user.js';

/**
 * Detaches a locked account from other connections that are not authoritative for its address, after the given
 * connection has proved or adopted the account. Their identities are deleted and the sessions through them end, each
 * with an event. If another SCIM connection manages the account, only the subject is deleted. `addresses` are further
 * addresses by which the account was found. Returns true if anything was detached; the caller saves the account.
 */
export async function detachOthers(
  tx: Tx,
  user: User,
  {
    connectionId,
    addresses,
    because,
  }: { connectionId: ConnectionId; addresses: readonly (string | null)[]; because: 'linked' | 'adopted' },
): Promise<boolean> {
  const domains = [user.userName, user.email, ...addresses].flatMap((address) => domainOf(address ?? '') ?? []);
  const attached = await tx.session.query<Pick<Identity, 'connectionId' | 'subject'>>(
    sql`select i.connection_id as "connectionId", i.subject from identities i
      where i.organization_id = ${scopeOf(tx)} and i.user_id = ${user.id} and i.connection_id <> ${connectionId}
        and (i.subject is not null or i.connection_id is distinct from ${user.scimConnectionId})
        and exists (
          select from domains d
          where d.organization_id = ${scopeOf(tx)} and d.domain = any(${domains}) and ${verifiedDomain}
            and ${assignedTo(connectionId)} and not ${assignedTo(sql`i.connection_id`)})
      order by 1`,
  );
  if (attached.length === 0) return false;
  const ids = attached.map(({ connectionId: id }) => id);
  await tx.session.query(sql`with kept as (
      update identities set subject = null, issuer = null, sub = null
      where organization_id = ${scopeOf(tx)} and user_id = ${user.id} and connection_id = any(${ids})
        and connection_id = ${user.scimConnectionId}
    )
    delete from identities
    where organization_id = ${scopeOf(tx)} and user_id = ${user.id} and connection_id = any(${ids})
      and connection_id is distinct from ${user.scimConnectionId}`);
  const changes = attached.map(({ connectionId: id, subject }) => ({
    path: 'identities',
    before: { connectionId: id, subject },
    after: null,
  }));
  tx.emit({ type: 'user.updated', subject: subjectOf(user), connectionId, data: userState(user), changes });
  await endSessionsOf(tx, user, { connectionId, ids, because });
  return true;
}

async function endSessionsOf(
  tx: Tx,
  user: User,
  {
    connectionId,
    ids,
    because,
  }: { connectionId: ConnectionId; ids: readonly ConnectionId[]; because: 'linked' | 'adopted' },
): Promise<void> {
  const open = await tx.session.query<{ id: string }>(
    sql`select id from sessions where organization_id = ${scopeOf(tx)} and user_id = ${user.id}
      and connection_id = any(${ids}) and ended_at is null`,
  );
  const ended = await endSessionsById(
    tx,
    open.map(({ id }) => id),
  );
  if (ended.length === 0) return;
  const data = { userId: user.id, sessionsRevoked: ended.length, because };
  tx.emit({ type: 'session.revoked', subject: subjectOf(user), connectionId, data });
}
