import { fold } from '../fold.js';
import type { Attribute } from './definition.js';
import type { Comparison, Value } from './filter.js';
import { FilterSyntax } from './syntax-errors.js';

const ordering = new Set<Comparison>(['gt', 'ge', 'lt', 'le']);
const textual = new Set<Comparison>(['co', 'sw', 'ew']);

/** Whether two strings of this attribute are compared as they are. Custom attributes compare in any case. */
export const isExact = (attribute: Attribute | null): boolean => attribute?.caseExact === true;

/**
 * The value to compare an attribute with, in the attribute's own type; case is folded where it does not count.
 *
 * @throws FilterSyntax where the type has no such comparison (RFC 7644 section 3.4.2.2, table 3)
 */
export function operand(attribute: Attribute | null, op: Comparison, value: Value): Value {
  const type = attribute?.type;
  // Entra writes booleans as strings, in filters too.
  const literal = type === 'boolean' && typeof value === 'string' ? booleanOf(value) : value;
  const isBoolean = typeof literal === 'boolean';
  if (ordering.has(op) && (isBoolean || type === 'boolean' || type === 'binary' || literal === null)) {
    throw new FilterSyntax(`"${op}" cannot compare a ${type === 'binary' ? type : 'boolean or null'}`);
  }
  if (textual.has(op) && typeof literal !== 'string') throw new FilterSyntax(`"${op}" needs a string`);
  if (type === 'dateTime' && typeof literal === 'string' && !textual.has(op)) return dateOf(literal);
  if (type === 'string' && typeof literal === 'number') return String(literal);
  return typeof literal === 'string' && !isExact(attribute) ? fold(literal) : literal;
}

function booleanOf(text: string): boolean {
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  throw new FilterSyntax('a boolean is compared with true or false');
}

function dateOf(text: string): string {
  const time = Date.parse(text);
  if (Number.isNaN(time) || !/^\d{4}-/.test(text))
    throw new FilterSyntax(`"${text.slice(0, 40)}" is not a dateTime such as 2026-01-31T12:00:00Z`);
  return new Date(time).toISOString();
}

/** Compares one stored value with an `operand`. The same rules stand in `compile-filter.ts` as SQL. */
export function fits(actual: unknown, op: Comparison, expected: Value, attribute: Attribute | null): boolean {
  if (expected === null) return op === 'eq' ? actual === undefined : op === 'ne' && actual !== undefined;
  if (op === 'ne') return !fits(actual, 'eq', expected, attribute);
  if (typeof actual !== typeof expected) return false;
  if (typeof actual === 'string' && typeof expected === 'string') {
    const date = attribute?.type === 'dateTime';
    const text = date ? new Date(actual).toISOString() : isExact(attribute) ? actual : fold(actual);
    return fitsText(text, op, expected);
  }
  if (typeof actual === 'number' && typeof expected === 'number') return ordered(Math.sign(actual - expected), op);
  return op === 'eq' && actual === expected;
}

function fitsText(actual: string, op: Comparison, expected: string): boolean {
  if (op === 'co') return actual.includes(expected);
  if (op === 'sw') return actual.startsWith(expected);
  if (op === 'ew') return actual.endsWith(expected);
  // By code points, as the database's "C" collation does; UTF-16 would order some characters otherwise.
  return ordered(Buffer.compare(Buffer.from(actual), Buffer.from(expected)), op);
}

function ordered(sign: number, op: Comparison): boolean {
  switch (op) {
    case 'eq':
      return sign === 0;
    case 'gt':
      return sign > 0;
    case 'ge':
      return sign >= 0;
    case 'lt':
      return sign < 0;
    case 'le':
      return sign <= 0;
    default:
      return false;
  }
}
