import { type Sql, sql } from '../../storage/sql.js';

/** Condition that the domain `d` is verified: its organization has proved that it owns the domain. */
export const verifiedDomain: Sql = sql`d.state = 'VERIFIED'`;

/** Condition that the row `x` of `domain_connections` assigns the domain `d`. */
export const assignment: Sql = sql`x.organization_id = d.organization_id and x.domain_id = d.id`;

/** Returns the condition that the domain `d` is assigned to the connection: an id, or a column of the statement. */
export const assignedTo = (connectionId: Sql | string): Sql =>
  sql`exists (select from domain_connections x where ${assignment} and x.connection_id = ${connectionId})`;

/** Array of the ids of the connections to which the domain `d` is assigned, in order. */
export const assignedConnections: Sql = sql`array(
  select x.connection_id from domain_connections x where ${assignment} order by 1)`;
