declare const scope: unique symbol;

/** A value of a statement. Objects are stored as JSON, which the caller writes. */
export type Value = string | number | bigint | boolean | Date | Uint8Array | null | readonly unknown[];
/** What stands between the texts of a fragment. */
type Part = Value | Sql;

/** A value that has one number in the statement, however often it is used. */
class Bound {
  constructor(readonly value: Value) {}
}

/** An immutable part of a statement: texts, and the values between them. They are numbered once, when the statement is sent. */
export class Sql {
  constructor(
    readonly texts: readonly string[],
    readonly values: readonly (Value | Bound)[],
  ) {}

  /** Refuses a fragment in an ordinary template, where its values would be lost. */
  toString(): never {
    throw new TypeError('A fragment of SQL is not a text. Write it into another sql`` template.');
  }
}

/** A fragment that names the organization to which its rows belong. */
export type Scoped = Sql & { readonly [scope]: true };

type IsAny<T> = 0 extends 1 & T ? true : false;
type HasScope<P> = IsAny<P> extends true ? false : [Extract<P, Scoped>] extends [never] ? false : true;
/** The type of a fragment by its parts: scoped as soon as one of them is. */
type Composed<P extends readonly unknown[]> = HasScope<P[number]> extends true ? Scoped : Sql;

/** Composes a fragment. Fragments in it are spliced in, and everything else is bound as a value. */
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

/** Joins fragments by a text of the program. */
export function join(parts: readonly Sql[], separator: string): Sql {
  const [first = empty, ...rest] = parts;
  const between = new Sql([separator], []);
  return rest.reduce((joined: Sql, part) => sql`${joined}${between}${part}`, first);
}

/** Returns the condition that all hold; true without any. */
export const and = (...conditions: readonly Sql[]): Sql =>
  conditions.length === 0 ? sql`true` : join(conditions, ' and ');

/** Returns the condition, in brackets, that one holds; false without any. */
export const or = (...conditions: readonly Sql[]): Sql =>
  conditions.length === 0 ? sql`false` : sql`(${join(conditions, ' or ')})`;

/** Returns a fragment of names such as `u.user_name`, separated by commas. @throws Error for anything else */
export function names(list: readonly string[]): Sql {
  const wrong = list.find((name) => !/^([a-z]\w*\.)?([a-z]\w*|\*)$/.test(name));
  if (wrong !== undefined) throw new Error(`"${wrong}" is not the name of a column or table.`);
  return new Sql([list.join(', ')], []);
}

/** Returns a text of the program as a fragment. A text that is only known when it runs does not compile. */
export const raw = <T extends string>(text: string extends T ? never : T): Sql => new Sql([text], []);

/** Binds a value that has one number in the statement, however often the fragment is used. */
export const once = (value: Value): Sql => new Sql(['', ''], [new Bound(value)]);

/** The value of the organization to which the rows of a statement belong. Its only maker is `scopeOf` in access/scope.ts. */
export const scopedTo = (organizationId: string): Scoped => once(organizationId) as Scoped;

const empty = new Sql([''], []);

/** Numbers the values of a fragment: the statement as the driver takes it. */
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
