import { isInstant, type Operand } from './compare.js';
import { instantSql, timestampOf } from './date-time.js';
import type { Comparison } from './filter.js';

/** Binds a value and returns its placeholder: a caller's words never become SQL. */
export type Bind = (value: unknown) => string;

/** The column of an attribute that is not only in a document. */
export interface Column {
  sql: string | ((bind: Bind) => string);
  /** `key`: the column contains `fold()` of the attribute. `exact`: the value itself. */
  form: 'key' | 'exact' | 'boolean' | 'timestamp';
}

const operators: Partial<Record<Comparison, string>> = { eq: '=', gt: '>', ge: '>=', lt: '<', le: '<=' };

/** Returns the SQL expression of a column. */
export const columnSql = ({ sql }: Column, bind: Bind): string => (typeof sql === 'string' ? sql : sql(bind));

/**
 * Returns the condition that a column fits, as `fits` has it, and false where the column is null. No function stands around
 * a column, because the planner has to see that an index answers it.
 */
export function columnFits(column: Column, op: Comparison, value: Operand, bind: Bind): string {
  if (value !== null && op === 'ne') return `(not ${columnFits(column, 'eq', value, bind)})`;
  const sql = columnSql(column, bind);
  if (value === null) return `(${sql} is ${op === 'eq' ? '' : 'not '}null)`;
  if (column.form === 'boolean') return `(${sql} is not null and ${sql} = ${bind(value)}::boolean)`;
  if (isInstant(value))
    return `(${sql} is not null and ${sql} ${operators[op]} ${bind(timestampOf(value))}::timestamptz)`;
  return `(${sql} is not null and ${textFits(sql, op, String(value), bind)})`;
}

/** Returns the condition that a jsonb value which is not null fits, as `fits` has it; never null itself. */
export function valueFits(x: string, op: Comparison, value: Exclude<Operand, null>, bind: Bind): string {
  if (op === 'ne') return `(not ${valueFits(x, 'eq', value, bind)})`;
  const text = `(${x} #>> '{}')`;
  if (isInstant(value)) {
    const instant = instantSql(`case jsonb_typeof(${x}) when 'string' then ${x} #>> '{}' end`);
    return `coalesce(${instant} ${operators[op]} ${instantSql(`${bind(value.text)}::text`)}, false)`;
  }
  if (typeof value === 'boolean') return `(${x} = to_jsonb(${bind(value)}::boolean))`;
  if (typeof value === 'number')
    return `(case jsonb_typeof(${x}) when 'number' then ${text}::numeric ${operators[op]} ${bind(value)}::numeric else false end)`;
  if (op === 'eq') return `(${x} = to_jsonb(${bind(value)}::text))`;
  return `(case jsonb_typeof(${x}) when 'string' then ${textFits(text, op, value, bind)} else false end)`;
}

function textFits(sql: string, op: Comparison, value: string, bind: Bind): string {
  const bound = `${bind(value)}::text`;
  if (op === 'co') return `strpos(${sql}, ${bound}) > 0`;
  if (op === 'sw') return `starts_with(${sql}, ${bound})`;
  if (op === 'ew') return `right(${sql}, length(${bound})) = ${bound}`;
  return `${sql} ${operators[op]} ${bound} collate "C"`;
}
