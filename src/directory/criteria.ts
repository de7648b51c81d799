import type { Sql } from '../storage/sql.js';

/**
 * Returns the condition of a criterion if it is given. An empty string counts as given, and equals no id and no name.
 */
export const given = <T>(value: T | null | undefined, condition: (value: T) => Sql): Sql[] =>
  value == null ? [] : [condition(value)];
