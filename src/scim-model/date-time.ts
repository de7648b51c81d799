import { raw, type Sql, sql } from '../storage/sql.js';

/** Point in time of a dateTime, in microseconds, which is the precision of PostgreSQL. */
export interface Instant {
  micros: bigint;
  /** Text of the dateTime. */
  text: string;
}

// One pattern for JavaScript and PostgreSQL, which both interpret it identically. It uses "[0-9]" because "\d" includes
// other digits in some locales.
const day = '(?!0000)([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])';
const time = '([01][0-9]|2[0-4]):([0-5][0-9])(?::([0-5][0-9])(?:[.]([0-9]+))?)?';
const pattern = `^${day}(?:[t ]${time}(?:z|([+-])([01][0-9]):?([0-5][0-9]))?)?$` as const;
const dateTime = new RegExp(pattern, 'i');

/**
 * Returns the instant of an xsd:dateTime (RFC 7643 section 2.3.5) in any case, or null for any other text. A dateTime
 * without an offset is UTC, and a date alone is midnight.
 */
export function instantOf(text: string): Instant | null {
  const parts = dateTime.exec(text);
  if (!parts) return null;
  const [year = 0, month = 1, days = 1, hours = 0, minutes = 0, seconds = 0] = parts
    .slice(1, 7)
    .map((part) => (part === undefined ? undefined : Number(part)));
  const [fraction = '', sign = '', offsetHours = '0', offsetMinutes = '0'] = parts.slice(7);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, days);
  if (date.getUTCDate() !== days) return null;
  const away = (Number(offsetHours) * 60 + Number(offsetMinutes)) * (sign === '-' ? -1 : 1);
  date.setUTCHours(hours, minutes - away, seconds);
  return { micros: BigInt(date.getTime()) * 1_000n + BigInt(fraction.slice(0, 6).padEnd(6, '0')), text };
}

/**
 * Returns the instant as a literal of PostgreSQL's timestamptz; infinite outside the years 1 to 9999, which contain the
 * values of all columns.
 */
export function timestampOf({ micros }: Instant): string {
  const rest = ((micros % 1_000n) + 1_000n) % 1_000n;
  const date = new Date(Number((micros - rest) / 1_000n));
  const year = date.getUTCFullYear();
  if (year < 1 || year > 9_999) return year < 1 ? '-infinity' : 'infinity';
  return date.toISOString().replace('Z', `${String(rest).padStart(3, '0')}Z`);
}

/** Returns SQL for `instantOf` of an SQL text, as a timestamp in UTC; null where `instantOf` returns null. */
export const instantSql = (text: Sql): Sql =>
  sql`(select d.day + make_interval(hours => coalesce(m[4], '0')::int - coalesce((m[8] || m[9])::int, 0),
      mins => coalesce(m[5], '0')::int - coalesce((m[8] || m[10])::int, 0),
      secs => (coalesce(m[6], '0') || '.' || left(coalesce(m[7], '0'), 6))::float8)
    from regexp_match(${text}, '(?i)${raw(pattern)}') m, lateral (
      select make_timestamp(m[1]::int, 1, 1, 0, 0, 0) + make_interval(months => m[2]::int - 1, days => m[3]::int - 1)
    ) d(day) where extract(day from d.day) = m[3]::int)`;
