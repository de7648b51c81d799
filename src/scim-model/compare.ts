import { fold } from '../kernel/fold.js';
import { type Instant, instantOf } from './date-time.js';
import type { Attribute } from './definition.js';
import type { Comparison, Value } from './filter.js';
import { FilterSyntax } from './syntax-errors.js';

/** Comparison value in the type of the attribute that it is compared with. */
export type Operand = string | number | boolean | null | Instant;

const ordering = new Set<Comparison>(['gt', 'ge', 'lt', 'le']);
const textual = new Set<Comparison>(['co', 'sw', 'ew']);

/**
 * Returns true if strings of this attribute are compared exactly. Custom attributes are compared case-insensitively.
 */
export const isExact = (attribute: Attribute | null): boolean => attribute?.caseExact === true;

/** Returns true if the operand is an instant. */
export const isInstant = (value: Operand): value is Instant => typeof value === 'object' && value !== null;

/**
 * Returns the value to compare an attribute with, in the attribute's type; case-insensitive text is folded.
 *
 * @throws FilterSyntax if the type has no such comparison (RFC 7644 section 3.4.2.2, table 3) or cannot have the value
 */
export function operand(attribute: Attribute | null, op: Comparison, value: Value): Operand {
  checkOperator(attribute, op, value);
  if (value === null) return null;
  switch (attribute?.type) {
    case 'boolean':
      return booleanOf(value);
    case 'integer':
    case 'decimal':
      return numberOf(value);
    case 'dateTime':
      return dateOf(value);
    case 'string':
    case 'reference':
    case 'binary':
      return textOf(attribute, String(value));
    default:
      return typeof value === 'string' ? textOf(attribute, value) : value;
  }
}

function checkOperator(attribute: Attribute | null, op: Comparison, value: Value): void {
  const type = attribute?.type;
  if (ordering.has(op) && (type === 'boolean' || type === 'binary'))
    throw new FilterSyntax(`"${op}" cannot compare a ${type}`);
  if (ordering.has(op) && (value === null || typeof value === 'boolean'))
    throw new FilterSyntax(`"${op}" cannot compare a boolean or null`);
  if (!textual.has(op)) return;
  if (typeof value !== 'string') throw new FilterSyntax(`"${op}" needs a string`);
  if (type === 'boolean' || type === 'integer' || type === 'decimal' || type === 'dateTime')
    throw new FilterSyntax(`"${op}" cannot compare a ${type}`);
}

const textOf = (attribute: Attribute | null, text: string): string => (isExact(attribute) ? text : fold(text));

// Entra sends booleans as strings, also in filters.
function booleanOf(value: string | number | boolean): boolean {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string' && /^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  throw new FilterSyntax('a boolean is compared with true or false');
}

function numberOf(value: string | number | boolean): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(value) && Number.isFinite(Number(value)))
    return Number(value);
  throw new FilterSyntax('a number is compared with a number');
}

function dateOf(value: string | number | boolean): Instant {
  const instant = typeof value === 'string' ? instantOf(value) : null;
  if (!instant)
    throw new FilterSyntax(`"${String(value).slice(0, 40)}" is not a dateTime such as 2026-01-31T12:00:00Z`);
  return instant;
}

/**
 * Compares one stored value with an `operand` that is not null. `compile-comparison.ts` implements the same rules in
 * SQL. A value that does not have the attribute's type, because it was stored before the type was declared, equals
 * nothing.
 */
export function fits(actual: unknown, op: Comparison, expected: Operand, attribute: Attribute | null): boolean {
  if (op === 'ne') return !fits(actual, 'eq', expected, attribute);
  if (isInstant(expected)) {
    const instant = typeof actual === 'string' ? instantOf(actual) : null;
    return instant !== null && ordered(signOf(instant.micros, expected.micros), op);
  }
  if (typeof actual === 'string' && typeof expected === 'string')
    return fitsText(textOf(attribute, actual), op, expected);
  if (typeof actual === 'number' && typeof expected === 'number') return ordered(signOf(actual, expected), op);
  return op === 'eq' && actual === expected;
}

const signOf = <T extends number | bigint | string>(a: T, b: T): number => (a === b ? 0 : a < b ? -1 : 1);

function fitsText(actual: string, op: Comparison, expected: string): boolean {
  if (op === 'co') return actual.includes(expected);
  if (op === 'sw') return actual.startsWith(expected);
  if (op === 'ew') return actual.endsWith(expected);
  if (op === 'eq') return actual === expected;
  return ordered(codePointOrder(actual, expected), op);
}

/** Characters that UTF-16 orders differently from their code points: surrogates, and the characters after them. */
const surrogates = /[\ud800-\uffff]/;

/** Compares code points, like the database's "C" collation. */
const codePointOrder = (a: string, b: string): number =>
  surrogates.test(a) && surrogates.test(b) ? Buffer.compare(Buffer.from(a), Buffer.from(b)) : signOf(a, b);

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
