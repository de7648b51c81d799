declare const scope: unique symbol;

/** Value of a statement. Objects are stored as JSON, which the caller must serialize. */
export type Value = string | number | bigint | boolean | Date | Uint8Array | null | readonly unknown[];
/** Value or fragment between the texts of a fragment. */
type Part = Value | Sql;

/** Value with one parameter number in the statement, however often it is used. */
class Bound {
  constructor(readonly value: Value) {}
}

/**
 * Immutable part of a statement: texts, and the values between them. Parameters are numbered once, when the statement
 * is sent.
 */
export class Sql {
  constructor(
    readonly texts: readonly string[],
    readonly values: readonly (Value | Bound)[],
  ) {}

  /** Throws if a fragment is used in an ordinary template, where its values would be lost. */
  toString(): never {
    throw new TypeError('A fragment of SQL is not a text. Write it into another sql`` template.');
  }
}

/** Fragment that contains the organization of its rows. */
export type Scoped = Sql & { readonly [scope]: true };

type IsAny<T> = 0 extends 1 & T ? true : false;
type HasScope<P> = IsAny<P> extends true ? false : [Extract<P, Scoped>] extends [never] ? false : true;
/** Type of a fragment by its parts: scoped if one of them is. */
type Composed<P extends readonly unknown[]> = HasScope<P[number]> extends true ? Scoped : Sql;

/** Composes a fragment. Fragments in it are inserted, and all other parts are bound as values. */
export function sql<const P extends readonly Part[]>(strings: TemplateStringsArray, ...parts: P): Composed<P> {
  const texts = [strings[0] ?? ''];
  const values: (Value | Bound)[] = [];
  for (const [n, part] of parts.entries()) {
    const after = strings[n + 1] ?? '';
    if (part instanceof Sql) {
      texts[texts.length - 1] += part.texts[0] ?? '';
      texts.push(...part.texts.slice(1));
      values.push(...part.values);
      texts[texts.length - 1] += after;
    } else {
      values.push(part);
      texts.push(after);
    }
  }
  return new Sql(texts, values) as Composed<P>;
}

/** Joins fragments with a constant text. */
export function join(parts: readonly Sql[], separator: string): Sql {
  const texts = [''];
  for (const [n, part] of parts.entries()) {
    texts[texts.length - 1] += (n === 0 ? '' : separator) + (part.texts[0] ?? '');
    texts.push(...part.texts.slice(1));
  }
  return new Sql(
    texts,
    parts.flatMap(({ values }) => values),
  );
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
  return new Sql([list.join(', ')], []);
}

/** Returns a constant text as a fragment. A text that is known only at run time does not compile. */
export const raw = <T extends string>(text: string extends T ? never : T): Sql => new Sql([text], []);

/**
 * Writes a whole number into the text, for `limit` and `offset`. With a bound limit, PostgreSQL cannot estimate the rows
 * of a prepared statement and plans it anew for each call. @throws RangeError for any other number
 */
export function integer(value: number): Sql {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is not a whole number.`);
  return new Sql([String(value)], []);
}

/** Binds a value with one parameter number in the statement, however often the fragment is used. */
export const once = (value: Value): Sql => new Sql(['', ''], [new Bound(value)]);

/** Binds the organization of the rows of a statement. Only `scopeOf` in access/scope.ts calls this. */
export const scopedTo = (organizationId: string): Scoped => once(organizationId) as Scoped;

/** Numbers the values of a fragment. Returns the statement for the driver. */
export function numbered({ texts, values }: Sql): { text: string; values: unknown[] } {
  const sent: unknown[] = [];
  const places = new Map<Bound, number>();
  let text = texts[0] ?? '';
  for (const [n, value] of values.entries()) {
    const known = value instanceof Bound ? places.get(value) : undefined;
    const place = known ?? sent.push(value instanceof Bound ? value.value : value);
    if (value instanceof Bound) places.set(value, place);
    text += `$${place}${texts[n + 1] ?? ''}`;
  }
  return { text, values: sent };
}
