import pg from 'pg';

/** Type ids of PostgreSQL that `pg` would hand over as text. */
const int8 = 20;

/** Counters and positions stay far below 2^53, so bigint columns are numbers for us. For one pool, not for the process. */
export const parseTypes = {
  getTypeParser: ((id: number, format?: 'text' | 'binary') =>
    id === int8 ? Number : pg.types.getTypeParser(id, format as 'text')) as typeof pg.types.getTypeParser,
};
