import type { FastifyRequest } from 'fastify';
import type { ScimPrincipal, Trace } from '../../../access/principal.js';
import type { Store } from '../../../access/store.js';
import { Connection, settingsOf } from '../../../directory/connections/connection.js';
import { sql } from '../../../storage/sql.js';
import { connectionOf, traced } from '../http/request.js';

/**
 * Interval, in milliseconds, in which at most one request with a wrong token is logged for each connection, by each node. Unauthenticated callers
 * must not flood the tenant's log.
 */
const everyMs = 10_000;

/**
 * Returns a function that finds the connection for a request with a wrong token or for an inactive connection, so
 * that its administrator can read the error in the log. It returns undefined for other requests, and for all but one
 * such request in ten seconds.
 */
export function rejectedCredentials(store: Store) {
  const told = new Map<string, number>();
  return async (request: FastifyRequest, status: number): Promise<(ScimPrincipal & { trace: Trace }) | undefined> => {
    const { connectionId: segment = '' } = (request.params ?? {}) as { connectionId?: string };
    const id = connectionOf(segment);
    if ((status !== 401 && status !== 403) || id === null) return undefined;
    const last = told.get(id);
    if (last !== undefined && performance.now() - last < everyMs) return undefined;
    if (told.size > 10_000) told.clear();
    told.set(id, performance.now());
    const [connection] = await store.database.rows(Connection, sql`id = ${id}`);
    if (!connection) return undefined;
    const { organizationId, provider } = connection;
    const settings = settingsOf(connection);
    return traced({
      kind: 'scim',
      requestId: request.id,
      organizationId,
      connectionId: id,
      tokenId: null,
      provider,
      settings,
    });
  };
}
