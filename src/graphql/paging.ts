import { ArgsType, Field, Int, ObjectType } from 'type-graphql';
import { BadInput, CursorInvalid } from '../errors.js';
import { CursorScalar } from '../node.js';

export const maximumPage = 200;
export const defaultPage = 50;

@ObjectType('PageInfo', {
  simpleResolvers: true,
  description: 'Where a page stands in its list (the Relay convention).',
})
export class PageInfo {
  @Field(() => Boolean)
  hasNextPage: boolean;
  @Field(() => Boolean)
  hasPreviousPage: boolean;
  @Field(() => CursorScalar, { nullable: true })
  startCursor: string | null;
  @Field(() => CursorScalar, { nullable: true })
  endCursor: string | null;
}

@ArgsType()
export class Forward {
  @Field(() => Int, { nullable: true, description: `Page size. Default ${defaultPage}, maximum ${maximumPage}.` })
  first?: number | null;
  @Field(() => CursorScalar, { nullable: true })
  after?: string | null;
}

@ArgsType()
export class BothWays extends Forward {
  @Field(() => Int, { nullable: true })
  last?: number | null;
  @Field(() => CursorScalar, { nullable: true })
  before?: string | null;
}

/** One page, as the connection types show it. Cursors are made, and the whole is counted, when they are asked for. */
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

/** How many a page may hold. @throws BadInput */
export function sizeOf(first: number | null | undefined, maximum = maximumPage): number {
  if (first == null) return Math.min(defaultPage, maximum);
  if (first < 0) throw new BadInput('"first" and "last" must be 0 or more.');
  if (first > maximum) throw new BadInput(`"first" and "last" must be ${maximum} at most.`);
  return first;
}

/** How a list is ordered: an SQL expression, its type, its value of a row, and the row's id as the tie-breaker. */
export interface Order<T> {
  sql: string;
  type: 'text' | 'timestamptz';
  idSql: string;
  descending: boolean;
  /** The properties that `valueOf` reads, for lists that read some of a row. */
  keys?: readonly (keyof T & string)[];
  valueOf: (item: T) => string;
}

/** The cursor of an item in a list of that order. */
export const cursorOf = <T extends { id: string }>(order: Order<T>, item: T): string =>
  Buffer.from(JSON.stringify(['k1', order.valueOf(item), item.id])).toString('base64url');

function parse(cursor: string): [value: string, id: string] {
  try {
    const [version, value, id, rest]: unknown[] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    const valid = version === 'k1' && typeof value === 'string' && typeof id === 'string' && rest === undefined;
    if (valid && value.length <= 4_096 && id.length <= 100 && !`${value}${id}`.includes('\u0000')) return [value, id];
  } catch {
    // Said below.
  }
  throw new CursorInvalid();
}

/** Where the rows of a list come from. `list` may read no more of them than the order's `keys` and what is shown. */
interface Source<T extends { id: string }> {
  bind: (value: unknown) => string;
  list: (condition: string, tail: string) => Promise<T[]>;
  count: () => Promise<number>;
}

/**
 * One page by keyset: the cost of a page does not grow with its distance from the start.
 *
 * @throws BadInput, CursorInvalid
 */
export async function pageBy<T extends { id: string }>(
  args: BothWays,
  order: Order<T>,
  source: Source<T>,
): Promise<Page<T>> {
  const { first, after, last, before } = args;
  if (last != null && first != null) throw new BadInput('Send "first" or "last", not both.');
  const backwards = last != null || (before != null && first == null);
  const size = sizeOf(backwards ? last : first);
  const up = order.descending ? '<' : '>';
  const down = order.descending ? '>' : '<';
  const beyond = (cursor: string, sign: string) => {
    const [value, id] = parse(cursor);
    if (order.type === 'timestamptz' && Number.isNaN(Date.parse(value))) throw new CursorInvalid();
    if (order.sql === order.idSql) return `${order.idSql} ${sign} ${source.bind(id)}`;
    return `(${order.sql}, ${order.idSql}) ${sign} (${source.bind(value)}::${order.type}, ${source.bind(id)})`;
  };
  const conditions = [after ? beyond(after, up) : '', before ? beyond(before, down) : ''].filter(Boolean);
  const direction = backwards === order.descending ? 'asc' : 'desc';
  const keys = [...new Set([order.sql, order.idSql])].map((sql) => `${sql} ${direction}`);
  const tail = `order by ${keys.join(', ')} limit ${size + 1}`;
  const found = await source.list(conditions.join(' and ') || 'true', tail);
  const shown = found.slice(0, size);
  if (backwards) shown.reverse();
  const more = found.length > size;
  const ends = { hasNextPage: backwards ? before != null : more, hasPreviousPage: backwards ? more : after != null };
  return new Page(shown, ends, (node) => cursorOf(order, node), source.count);
}
