import pg from 'pg';

/** Type id of bigint, which `pg` returns as text by default. */
const int8 = 20;

/**
 * Type parsers that return bigint columns as numbers, because counters and positions stay far below 2^53. They apply to
 * one pool, not to the process.
 */
export const parseTypes = {
  getTypeParser: ((id: number, format?: 'text' | 'binary') =>
    id === int8 ? Number : pg.types.getTypeParser(id, format as 'text')) as typeof pg.types.getTypeParser,
};
