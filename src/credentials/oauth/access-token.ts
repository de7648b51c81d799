import { type Sql, sql } from '../../storage/sql.js';

/**
 * SQL condition: the token is not bound to a key or certificate (RFC 9449 section 6, RFC 8705 section 3), so it can be
 * used as a bearer token.
 */
export const unbound = (payload: Sql): Sql => sql`not ${payload} ?| array['jkt', 'x5t#S256', 'cnf']`;
