import { type Sql, sql } from '../storage/sql.js';
import { isInstant, type Operand } from './compare.js';
import { instantSql, timestampOf } from './date-time.js';
import type { Comparison } from './filter.js';

/** Column of an attribute that is stored in a column of its own as well as in a document. */
export interface Column {
  sql: Sql;
  /** `key`: the column contains `fold()` of the attribute. `exact`: the value itself. */
  form: 'key' | 'exact' | 'boolean' | 'timestamp';
}

const operators = { eq: sql`=`, gt: sql`>`, ge: sql`>=`, lt: sql`<`, le: sql`<=` };
const operatorOf = (op: Comparison): Sql => (op in operators ? operators[op as keyof typeof operators] : operators.eq);

/**
 * Returns the condition that a column matches, by the rules of `fits`; false if the column is null. The column is not
 * wrapped in a function, so that the planner can use its index.
 */
export function columnFits(column: Column, op: Comparison, value: Operand): Sql {
  if (value !== null && op === 'ne') return sql`(not ${columnFits(column, 'eq', value)})`;
  const { sql: expression } = column;
  if (value === null) return sql`(${expression} is ${op === 'eq' ? sql`` : sql`not `}null)`;
  if (column.form === 'boolean') return sql`(${expression} is not null and ${expression} = ${value === true}::boolean)`;
  if (isInstant(value))
    return sql`(${expression} is not null and ${expression} ${operatorOf(op)} ${timestampOf(value)}::timestamptz)`;
  return sql`(${expression} is not null and ${textFits(expression, op, String(value))})`;
}

/** Returns the condition that a non-null jsonb value matches, by the rules of `fits`. The condition is never null. */
export function valueFits(x: Sql, op: Comparison, value: Exclude<Operand, null>): Sql {
  if (op === 'ne') return sql`(not ${valueFits(x, 'eq', value)})`;
  const text = sql`(${x} #>> '{}')`;
  if (isInstant(value)) {
    const instant = instantSql(sql`case jsonb_typeof(${x}) when 'string' then ${x} #>> '{}' end`);
    return sql`coalesce(${instant} ${operatorOf(op)} ${instantSql(sql`${value.text}::text`)}, false)`;
  }
  if (typeof value === 'boolean') return sql`(${x} = to_jsonb(${value}::boolean))`;
  if (typeof value === 'number')
    return sql`(case jsonb_typeof(${x})
      when 'number' then ${text}::numeric ${operatorOf(op)} ${value}::numeric else false end)`;
  if (op === 'eq') return sql`(${x} = to_jsonb(${value}::text))`;
  return sql`(case jsonb_typeof(${x}) when 'string' then ${textFits(text, op, value)} else false end)`;
}

function textFits(text: Sql, op: Comparison, value: string): Sql {
  const bound = sql`${value}::text`;
  if (op === 'co') return sql`strpos(${text}, ${bound}) > 0`;
  if (op === 'sw') return sql`starts_with(${text}, ${bound})`;
  if (op === 'ew') return sql`right(${text}, length(${bound})) = ${bound}`;
  return sql`${text} ${operatorOf(op)} ${bound} collate "C"`;
}
