import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import { domainOf } from '../../kernel/fold.js';
import { sql } from '../../storage/sql.js';
import { endSessionsById, type SignInSession } from '../sessions/session.js';
import type { User } from '../users/user.js';
import type { Domain } from './domain.js';

type Open = Pick<SignInSession, 'id' | 'userId' | 'connectionId'> & Pick<User, 'email' | 'userName'>;

/**
 * Ends sessions of users whose email address is in the VERIFIED domain, if the domain is not assigned to the connection
 * of the session. It affects only users that a connection with the domain has signed in or manages. The sign-in
 * decision rejects later sign-ins.
 * Identities stay until an assigned connection signs the user in or adopts the account (`users/detach-others.ts`).
 */
export async function endUntrusted(tx: Tx, { id, state, domain }: Domain): Promise<void> {
  if (state !== 'VERIFIED') return;
  // Handwritten SQL, because the conditions are two subqueries with joins, which strings would not make more readable.
  // The domain is known, so its assignments are read by its id, and conditions on its row do not fit.
  const found = await tx.session.query<Open>(sql`select s.id, s.user_id as "userId", s.connection_id as "connectionId",
      u.email, u.user_name as "userName"
    from sessions s
    join users u on u.organization_id = s.organization_id and u.id = s.user_id
    where s.organization_id = ${scopeOf(tx)} and s.ended_at is null
      and not exists (
        select from domain_connections c
        where c.organization_id = ${scopeOf(tx)} and c.domain_id = ${id} and c.connection_id = s.connection_id)
      and exists (
        select from identities i
        join domain_connections c on c.organization_id = ${scopeOf(tx)} and c.domain_id = ${id}
          and c.connection_id = i.connection_id
        where i.organization_id = ${scopeOf(tx)} and i.user_id = u.id
          and (i.subject is not null or i.connection_id = u.scim_connection_id))`);
  const open = found.filter((one) => [one.email, one.userName].some((text) => domainOf(text ?? '') === domain));
  const sessionIds = open.map((one) => one.id);
  const ended = new Set((await endSessionsById(tx, sessionIds)).map((one) => one.id));
  for (const { id: session, userId, connectionId } of open) {
    if (!ended.has(session)) continue;
    const data = { userId, sessionsRevoked: 1, because: 'domain' } as const;
    tx.emit({ type: 'session.revoked', subject: { type: 'user', id: userId }, connectionId, data });
  }
}
