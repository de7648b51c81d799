import { type Sql, sql } from '../storage/sql.js';

/**
 * SQL condition: the row's last recorded use is older than one hour at that time. `last_used_at` is accurate to one
 * hour, because a write for each request would cost more than the request.
 */
export const isUseDue = (now: Sql): Sql =>
  sql`coalesce(last_used_at, 'epoch') < ${now}::timestamptz - interval '1 hour'`;
