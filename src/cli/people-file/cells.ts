/** Pattern of CSV cells that a spreadsheet would execute as a formula, with any number of quotes before it. */
const formula = /^'*[=+\-@\t\r\uff0b\uff0d\uff1d\uff20]/;

/** Returns the text of a cell, prefixed with a quote if a spreadsheet would execute it. `unguarded` is the inverse. */
export const guarded = (text: string): string => (formula.test(text) ? `'${text}` : text);

/** Returns the text without the quote that `guarded` adds before a formula. Other quotes stay: "'t Hooft" is a name. */
export const unguarded = (cell: string): string => (cell.startsWith("'") && formula.test(cell) ? cell.slice(1) : cell);

/** Returns a list as one cell: separated by ";", or as JSON if an item contains text that this form would lose. */
export function listCell(items: readonly string[]): string {
  const isPlain = items.every((item, n) => item === item.trim() && !item.includes(';') && (n > 0 || item[0] !== '['));
  return isPlain ? items.join(';') : JSON.stringify(items);
}

/** Returns the items of a cell that `listCell` has written, or null if it is malformed. */
export function itemsIn(cell: string): string[] | null {
  if (!cell.startsWith('[')) {
    const items = cell.split(';').map((item) => item.trim());
    return items.filter(Boolean);
  }
  const items = jsonIn(cell);
  return Array.isArray(items) && items.every((item) => typeof item === 'string') ? items : null;
}

/** Returns the JSON value of a cell, or undefined if it is malformed. */
export function jsonIn(cell: string): unknown {
  try {
    return JSON.parse(cell);
  } catch {
    return undefined;
  }
}

interface Address {
  value: string;
  type?: string | null;
  primary?: boolean | null;
}

/** Returns true if the column `email` alone can represent the addresses. */
export const isOnePlainAddress = (emails: readonly Address[]): boolean =>
  emails.length === 0 || (emails.length === 1 && emails[0]?.primary === true && !emails[0].type);
