import { scopeOf } from '../../access/scope.js';
import { endSessionsById } from '../../access/session.js';
import type { Tx } from '../../access/write.js';
import { domainOf } from '../../fold.js';
import type { ConnectionId, UserId } from '../../ids.js';
import { sql } from '../../storage/sql.js';
import type { Domain } from './domain.js';

interface Open {
  id: string;
  user_id: UserId;
  connection_id: ConnectionId;
  email: string | null;
  user_name: string;
}

/**
 * Ends the sessions that came through connections to which the VERIFIED domain is not assigned, of accounts in the domain that a
 * connection with the domain has signed in or manages. The sign-in decision refuses the next ones.
 */
export async function endUntrusted(tx: Tx, { id, state, domain }: Domain): Promise<void> {
  if (state !== 'VERIFIED') return;
  const found = await tx.session.query<Open>(sql`select s.id, s.user_id, s.connection_id, u.email, u.user_name
    from sessions s
     join users u on u.organization_id = s.organization_id and u.id = s.user_id
     where s.organization_id = ${scopeOf(tx)} and s.ended_at is null
       and not exists (select from domain_connections c
         where c.organization_id = ${scopeOf(tx)} and c.domain_id = ${id} and c.connection_id = s.connection_id)
       and exists (select from identities i
         join domain_connections c on c.organization_id = ${scopeOf(tx)} and c.domain_id = ${id}
         and c.connection_id = i.connection_id
         where i.organization_id = ${scopeOf(tx)} and i.user_id = u.id
           and (i.subject is not null or i.connection_id = u.scim_connection_id))`);
  const open = found.filter((one) => [one.email, one.user_name].some((text) => domainOf(text ?? '') === domain));
  const ended = new Set(
    (
      await endSessionsById(
        tx,
        open.map((one) => one.id),
      )
    ).map((one) => one.id as string),
  );
  for (const { id: session, user_id: userId, connection_id: connectionId } of open) {
    if (!ended.has(session)) continue;
    const data = { userId, sessionsRevoked: 1, because: 'domain' } as const;
    tx.emit({ type: 'session.revoked', subject: { type: 'user', id: userId }, connectionId, data });
  }
}
