import { createHash } from 'node:crypto';
import { ArgsType, Field, Int, ObjectType } from 'type-graphql';
import { BadInput, CursorInvalid } from '../../../kernel/errors.js';
import { CursorScalar } from '../../../kernel/node.js';
import type { ListedRows } from '../../../storage/list-rows.js';
import { and, integer, join, names, numbered, type Sql, sql } from '../../../storage/sql.js';

export const maximumPage = 200;
export const defaultPage = 50;

@ObjectType('PageInfo', {
  simpleResolvers: true,
  description: 'Position of a page in its list (Relay convention).',
})
export class PageInfo {
  @Field(() => Boolean, { description: 'True if the list has entries after this page.' })
  hasNextPage: boolean;
  @Field(() => Boolean, { description: 'True if the list has entries before this page.' })
  hasPreviousPage: boolean;
  @Field(() => CursorScalar, {
    nullable: true,
    description: 'Cursor of the first entry: send it as `before`. Null if the page is empty.',
  })
  startCursor: string | null;
  @Field(() => CursorScalar, {
    nullable: true,
    description:
      'Cursor to send as `after` for the next page. Null if there is none. On the last page of events it can come after the last event.',
  })
  endCursor: string | null;
}

@ArgsType()
export class Forward {
  @Field(() => Int, { nullable: true, description: `Page size. Default ${defaultPage}, maximum ${maximumPage}.` })
  first?: number | null;
  @Field(() => CursorScalar, { nullable: true, description: 'Cursor after which the page starts.' })
  after?: string | null;
}

@ArgsType()
export class BothWays extends Forward {
  @Field(() => Int, {
    nullable: true,
    description: 'Page size, counted from the end of the list. Cannot be combined with `first`.',
  })
  last?: number | null;
  @Field(() => CursorScalar, { nullable: true, description: 'Cursor before which the page ends.' })
  before?: string | null;
}

/** Page of a list in the form of the connection types. Cursors and the count are computed only if they are selected. */
export class Page<T> {
  constructor(
    readonly nodes: T[],
    readonly ends: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor?: string | null },
    readonly cursorOf: (node: T) => string,
    readonly count: (() => Promise<number>) | null = null,
  ) {}

  get edges(): { cursor: string; node: T }[] {
    return this.nodes.map((node) => ({ cursor: this.cursorOf(node), node }));
  }

  get pageInfo(): PageInfo {
    const { hasNextPage, hasPreviousPage } = this.ends;
    const [first] = this.nodes;
    const last = this.nodes.at(-1);
    return {
      hasNextPage,
      hasPreviousPage,
      startCursor: first === undefined ? null : this.cursorOf(first),
      endCursor: this.ends.endCursor ?? (last === undefined ? null : this.cursorOf(last)),
    };
  }
}

/** Returns the page size. `name` is the argument that contains it. @throws BadInput */
export function sizeOf(
  first: number | null | undefined,
  maximum = maximumPage,
  name: 'first' | 'last' = 'first',
): number {
  if (first == null) return Math.min(defaultPage, maximum);
  if (first < 0) throw new BadInput(`"${name}" must be 0 or more.`);
  if (first > maximum) throw new BadInput(`"${name}" must be at most ${maximum}.`);
  return first;
}

/** Order of a list: an SQL expression, its type, its value for a row, and the row's id as the tie-breaker. */
export interface Order<T> {
  sql: Sql;
  type: 'text' | 'timestamptz';
  idSql: Sql;
  descending: boolean;
  /** Properties that `valueOf` reads, for lists that read only some columns. */
  keys?: readonly (keyof T & string)[];
  valueOf: (item: T) => string;
}

const marks = new Map<string, string>();

/** Returns the mark of an order. A cursor contains it, so that a list of another kind or order refuses the cursor. */
function markOf({ sql: key, descending }: Pick<Order<never>, 'sql' | 'descending'>): string {
  const text = `${numbered(key).text} ${descending ? 'desc' : 'asc'}`;
  const mark = marks.get(text) ?? createHash('sha256').update(text).digest('base64url').slice(0, 8);
  marks.set(text, mark);
  return mark;
}

/** Returns the cursor of an item in a list with this order. */
export const cursorOf = <T extends { id: string }>(order: Order<T>, item: T): string =>
  Buffer.from(JSON.stringify(['k2', markOf(order), order.valueOf(item), item.id])).toString('base64url');

/** Returns true if the text is a time in the form of cursors, in a year that PostgreSQL has. */
export function isTime(text: string): boolean {
  if (!/^(?!0000)\d{4}-/.test(text)) return false;
  const time = new Date(text);
  return !Number.isNaN(time.getTime()) && time.toISOString() === text;
}

function parse(cursor: string, mark: string, field: 'after' | 'before'): [value: string, id: string] {
  try {
    const [version, order, value, id, rest]: unknown[] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    const isOfList = version === 'k2' && order === mark && rest === undefined;
    const valid = isOfList && typeof value === 'string' && typeof id === 'string';
    if (valid && value.length <= 4_096 && id.length <= 100 && !`${value}${id}`.includes('\u0000')) return [value, id];
  } catch {
    // The error is thrown below.
  }
  throw new CursorInvalid(field);
}

/** Source of the rows of a list. `list` needs to read only the order's `keys` and the selected fields. */
interface Source<T extends { id: string }> {
  list: (condition: Sql, tail: Sql) => Promise<T[]>;
  count: () => Promise<number>;
}

/**
 * Returns one page by keyset pagination: the cost does not grow with the distance from the start.
 *
 * @throws BadInput, CursorInvalid
 */
export async function pageBy<T extends { id: string }>(
  args: BothWays,
  order: Order<T>,
  source: Source<T>,
): Promise<Page<T>> {
  const { first, after, last, before } = args;
  if (last != null && first != null) throw new BadInput('Send "first" or "last", not both.', 'last');
  const backwards = last != null || (before != null && first == null);
  const size = sizeOf(backwards ? last : first, undefined, backwards ? 'last' : 'first');
  const up = order.descending ? sql`<` : sql`>`;
  const down = order.descending ? sql`>` : sql`<`;
  const beyond = (cursor: string | null | undefined, field: 'after' | 'before', sign: Sql): Sql[] => {
    if (cursor == null) return [];
    const [value, id] = parse(cursor, markOf(order), field);
    if (order.type === 'timestamptz' && !isTime(value)) throw new CursorInvalid(field);
    if (order.sql === order.idSql) return [sql`${order.idSql} ${sign} ${id}`];
    return [sql`(${order.sql}, ${order.idSql}) ${sign} (${value}::${names([order.type])}, ${id})`];
  };
  const conditions = [...beyond(after, 'after', up), ...beyond(before, 'before', down)];
  const direction = backwards === order.descending ? sql`asc` : sql`desc`;
  const keys = [...new Set([order.sql, order.idSql])].map((key) => sql`${key} ${direction}`);
  const found = await source.list(and(...conditions), sql`order by ${join(keys, ', ')} limit ${integer(size + 1)}`);
  const shown = found.slice(0, size);
  if (backwards) shown.reverse();
  const more = found.length > size;
  const ends = { hasNextPage: backwards ? before != null : more, hasPreviousPage: backwards ? more : after != null };
  return new Page(shown, ends, (node) => cursorOf(order, node), source.count);
}

/** Returns the order of rows of one table: by id, or by another property and then by id. */
export function orderOfRows<T extends { id: string }>(
  rows: ListedRows<T>,
  { id = 'id' as keyof T & string, by }: RowOrder<T> = {},
): Order<T> {
  const idSql = rows.column(id);
  const key = by
    ? { sql: rows.column(by.property), type: by.type, valueOf: by.valueOf }
    : { sql: idSql, type: 'text' as const, valueOf: (row: T) => row.id };
  return { ...key, idSql, descending: false };
}

/** Returns a page of rows of one table. @throws BadInput, CursorInvalid */
export const pageOfRows = <T extends { id: string }>(
  args: Forward,
  rows: ListedRows<T>,
  order?: RowOrder<T>,
): Promise<Page<T>> => pageBy(args as BothWays, orderOfRows(rows, order), rows);

interface RowOrder<T> {
  /** Property of the column in which the id is stored. Default: `id`. */
  id?: keyof T & string;
  /** Property by which the rows are ordered. Default: the id. */
  by?: Pick<Order<T>, 'type' | 'valueOf'> & { property: keyof T & string };
}

/** Returns a first page from its rows and at most one more. `whole` returns the same page with a count. */
export function firstPage<T>(
  found: readonly T[],
  size: number,
  { cursorOf: mark, whole }: { cursorOf: (node: T) => string; whole: () => Promise<Page<T>> },
): Page<T> {
  const isAll = found.length <= size;
  const count = async () => (isAll ? found.length : ((await (await whole()).count?.()) ?? 0));
  return new Page(found.slice(0, size), { hasNextPage: !isAll, hasPreviousPage: false }, mark, count);
}
