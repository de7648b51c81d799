import { integer, type Sql, sql } from '../../storage/sql.js';

/** Maximum of a counted lag. */
export const mostLag = 100_000;

const count = (condition: Sql) => sql`(select count(*) from (
    select from events e where ${condition} and (cardinality(c.types) = 0 or e.type = any(c.types))
    limit ${integer(mostLag)}
  ) behind)`;

/** SQL expression: number of events that the consumer `c` has not acknowledged, counted up to `mostLag`. */
export const unreadEvents = sql`case when c.organization_id is null then ${count(sql`e.seq > c.place`)}
  else ${count(sql`e.organization_id = c.organization_id and e.position > c.place`)} end`;
