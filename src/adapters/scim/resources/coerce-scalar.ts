import { isObject } from '../../../kernel/json.js';
import type { Attribute } from '../../../scim-model/definition.js';
import { ScimError } from '../http/errors.js';
import { isExactNumber } from '../http/exact-number.js';

export const wrong = (attribute: Attribute, need: string) =>
  new ScimError(400, 'invalidValue', `"${attribute.name}" must be ${need}.`);

/** Returns one value in the type of its attribute (RFC 7643 section 2.3). @throws ScimError invalidValue */
export function coerceScalar(attribute: Attribute, value: unknown): unknown {
  if (isObject(value) || Array.isArray(value)) throw wrong(attribute, needs[attribute.type]);
  switch (attribute.type) {
    case 'boolean':
      return coerceBoolean(attribute, value);
    case 'integer':
    case 'decimal':
      return coerceNumber(attribute, value);
    case 'dateTime':
      if (typeof value !== 'string' || !isDateTime(value)) throw wrong(attribute, needs.dateTime);
      return value;
    case 'binary':
      if (typeof value !== 'string' || !isBase64(value)) throw wrong(attribute, needs.binary);
      return value;
    default:
      if (typeof value === 'number' && !Number.isFinite(value)) throw wrong(attribute, 'a finite number');
      if (String(value).includes('\0')) throw wrong(attribute, 'a string without NUL characters');
      return String(value);
  }
}

const needs: Record<Attribute['type'], string> = {
  string: 'a string',
  boolean: 'true or false',
  decimal: 'a decimal number',
  integer: 'an integer from -9007199254740991 to 9007199254740991',
  dateTime: 'a dateTime such as 2026-01-31T12:00:00Z',
  binary: 'text in base64',
  reference: 'a URI',
  complex: 'an object',
};

/** Parses a boolean (section 2.3.2). IdPs also send strings in any case, and 0 and 1. */
function coerceBoolean(attribute: Attribute, value: unknown): boolean {
  const text = String(value).toLowerCase();
  if (text === 'true' || value === 1) return true;
  if (text === 'false' || value === 0) return false;
  throw wrong(attribute, needs.boolean);
}

const whole = /^-?\d{1,16}$/;
const decimal = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/**
 * Parses a number (sections 2.3.3 and 2.3.4). A string is accepted only in plain decimal form, and if its value stays
 * exact.
 */
function coerceNumber(attribute: Attribute, value: unknown): number {
  const form = attribute.type === 'integer' ? whole : decimal;
  const isText = typeof value === 'string' && form.test(value) && isExactNumber(value);
  const number = isText ? Number(value) : value;
  const fits = attribute.type === 'integer' ? Number.isSafeInteger(number) : Number.isFinite(number);
  if (typeof number !== 'number' || !fits) throw wrong(attribute, needs[attribute.type]);
  return number;
}

const dateTime = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-](\d\d):(\d\d))?$/;

/** Returns true for an xsd:dateTime with a year of four digits (section 2.3.5; XML Schema part 2, section 3.3.7). */
function isDateTime(text: string): boolean {
  const parts = dateTime.exec(text);
  if (!parts) return false;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map(Number);
  const date = new Date(Date.UTC(2000, month - 1, day));
  date.setUTCFullYear(year, month - 1, day);
  const [zoneHour, zoneMinute] = [Number(parts[9] ?? 0), Number(parts[10] ?? 0)];
  const inDay = hour < 24 && minute < 60 && second < 60;
  const inZone = zoneMinute < 60 && zoneHour * 60 + zoneMinute <= 14 * 60;
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day && year > 0 && inDay && inZone;
}

/** Returns true for base64 in either alphabet, with or without line breaks and padding (section 2.3.6, RFC 4648). */
function isBase64(text: string): boolean {
  const parts = /^([A-Za-z0-9+/_-]*)(={0,2})$/.exec(text.replace(/\s+/g, ''));
  if (!parts) return false;
  const [, digits = '', padding = ''] = parts;
  // The last group has two or three characters, and padding extends it to four.
  const last = digits.length % 4;
  return padding === '' ? last !== 1 : last + padding.length === 4;
}
