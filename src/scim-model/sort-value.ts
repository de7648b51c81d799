import type { ListOrder } from './compile-order.js';

type SortType = NonNullable<ListOrder['value']>['type'];

// PostgreSQL's text of a timestamp. Offsets move the instants of the years 1 to 9999 by hours at most.
const timestamp =
  /^(?<year>(?!0000)\d{4}|10000)-(?<month>\d\d)-(?<day>\d\d) ([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?(?<offset>[+-](0\d|1[0-5])(:[0-5]\d){0,2})?( BC)?$/;

function isTimestamp(text: string): boolean {
  const { year, month, day } = timestamp.exec(text)?.groups ?? {};
  if (year === undefined) return false;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  return date.getUTCMonth() + 1 === Number(month) && date.getUTCDate() === Number(day);
}

const tests: Record<SortType, (text: string) => boolean> = {
  text: () => true,
  boolean: (text) => /^(true|false)$/.test(text),
  numeric: (text) => /^-?\d+(\.\d+)?$/.test(text),
  timestamp: isTimestamp,
  timestamptz: isTimestamp,
};

/** Returns true if PostgreSQL can cast the text to the type of the order. Use it for a value that a client sent. */
export const isSortValue = ({ value }: ListOrder, text: string): boolean =>
  value !== null && !text.includes('\u0000') && tests[value.type](text);
