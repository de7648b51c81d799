declare const scope: unique symbol;

/** Value of a statement. Objects are stored as JSON, which the caller must serialize. */
export type Value = string | number | bigint | boolean | Date | Uint8Array | null | readonly unknown[];
/** Value or fragment between the texts of a fragment. */
type Part = Value | Sql;

/** Value with one parameter number in the statement, however often it is used. */
export class Bound {
  constructor(readonly value: Value) {}
}

/**
 * Immutable part of a statement: texts, and the values and fragments between them. Parameters are numbered once, when
 * the statement is sent.
 */
export class Sql {
  constructor(
    readonly texts: readonly string[],
    readonly parts: readonly (Part | Bound)[],
  ) {}

  /** Throws if a fragment is used in an ordinary template, where its values would be lost. */
  toString(): never {
    throw new TypeError('A fragment of SQL is not a text. Write it into another sql`` template.');
  }
}

/** Maximum number of remembered arrays of texts. */
const rememberedTexts = 5_000;

/** Remembers the result for each key. A statement is recognized by the identity of its texts; see `prepared`. */
function remembering<K>(textsOf: (key: K) => readonly string[]): (key: K) => readonly string[] {
  const known = new Map<K, readonly string[]>();
  return (key) => {
    const texts = known.get(key) ?? textsOf(key);
    if (known.size < rememberedTexts) known.set(key, texts);
    return texts;
  };
}

const alone = remembering((text: string) => [text]);
const around: readonly string[] = ['', ''];

/** Fragment that contains the organization of its rows. */
export type Scoped = Sql & { readonly [scope]: true };

type IsAny<T> = 0 extends 1 & T ? true : false;
type HasScope<P> = IsAny<P> extends true ? false : [Extract<P, Scoped>] extends [never] ? false : true;
/** Type of a fragment by its parts: scoped if one of them is. */
type Composed<P extends readonly unknown[]> = HasScope<P[number]> extends true ? Scoped : Sql;

/** Composes a fragment. Fragments in it are inserted, and all other parts are bound as values. */
export const sql = <const P extends readonly Part[]>(strings: TemplateStringsArray, ...parts: P): Composed<P> =>
  new Sql(strings, parts) as Composed<P>;

const separators = new Map<string, (count: number) => readonly string[]>();

/** Joins fragments with a constant text. */
export function join(fragments: readonly Sql[], separator: string): Sql {
  const { length } = fragments;
  if (length === 0) return new Sql(alone(''), []);
  const between =
    separators.get(separator) ?? remembering((count) => ['', ...Array<string>(count - 1).fill(separator), '']);
  separators.set(separator, between);
  return new Sql(between(length), fragments);
}

/** Returns a condition that requires all conditions; true if there are none. */
export const and = (...conditions: readonly Sql[]): Sql =>
  conditions.length === 0 ? sql`true` : join(conditions, ' and ');

/** Returns a condition, in parentheses, that requires one of the conditions; false if there are none. */
export const or = (...conditions: readonly Sql[]): Sql =>
  conditions.length === 0 ? sql`false` : sql`(${join(conditions, ' or ')})`;

/** Returns a fragment of names such as `u.user_name`, separated by commas. @throws Error for anything else */
export function names(list: readonly string[]): Sql {
  const wrong = list.find((name) => !/^([a-z]\w*\.)?([a-z]\w*|\*)$/.test(name));
  if (wrong !== undefined) throw new Error(`"${wrong}" is not the name of a column or table.`);
  return new Sql(alone(list.join(', ')), []);
}

/** Returns a constant text as a fragment. A text that is known only at run time does not compile. */
export const raw = <T extends string>(text: string extends T ? never : T): Sql => new Sql(alone(text), []);

/**
 * Writes a whole number into the text, for `limit` and `offset`. With a bound limit, PostgreSQL cannot estimate the rows
 * of a prepared statement, and plans the statement again for each call. @throws RangeError for any other number
 */
export function integer(value: number): Sql {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is not a whole number.`);
  return new Sql(alone(String(value)), []);
}

/** Binds a value with one parameter number in the statement, however often the fragment is used. */
export const once = (value: Value): Sql => new Sql(around, [new Bound(value)]);

/** Binds the organization of the rows of a statement. Only `scopeOf` in access/scope.ts calls this. */
export const scopedTo = (organizationId: string): Scoped => once(organizationId) as Scoped;

/** Numbers the values of a fragment. Returns the statement for the driver. */
export function numbered(fragment: Sql): { text: string; values: unknown[] } {
  const values: unknown[] = [];
  const places = new Map<Bound, number>();
  const placeOf = (part: Value | Bound): number => {
    if (!(part instanceof Bound)) return values.push(part);
    const place = places.get(part) ?? values.push(part.value);
    places.set(part, place);
    return place;
  };
  const textOf = ({ texts, parts }: Sql): string => {
    let text = texts[0] ?? '';
    for (const [n, part] of parts.entries())
      text += (part instanceof Sql ? textOf(part) : `$${placeOf(part)}`) + (texts[n + 1] ?? '');
    return text;
  };
  return { text: textOf(fragment), values };
}
