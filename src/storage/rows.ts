import type { DataSource, EntityMetadata } from 'typeorm';
import { and, join, names, Sql, sql, type Value } from './sql.js';

type Row = Record<string, unknown>;
type Class<T> = abstract new () => T;

/** Column, with the property of the entity. */
interface Column {
  property: string;
  name: string;
  json: boolean;
  key: boolean;
}

const rowsAtATime = 1_000;

/**
 * Maps rows to entities and back with TypeORM's metadata. Only the entity contains the column names, and hot paths need
 * no query builder.
 */
export class Rows<T extends object> {
  readonly table: string;
  readonly #columns: Column[];
  /** Columns in the order of the values of an `update`: the key is last. */
  readonly #assigned: Column[];
  readonly #insertTexts: string[];
  readonly #updateTexts: string[];

  constructor(readonly metadata: EntityMetadata) {
    this.table = metadata.tableName;
    // A column with `select: false` is neither read nor written with the row.
    const columns = metadata.columns.filter(({ isSelect }) => isSelect);
    this.#columns = columns.map((column) => ({
      property: column.propertyName,
      name: column.databaseName,
      json: column.type === 'jsonb',
      key: column.isPrimary,
    }));
    const all = this.#columns;
    this.#insertTexts = [
      `insert into ${this.table} (${all.map(({ name }) => name).join(', ')}) values (`,
      ...all.slice(1).map(() => ', '),
      ')',
    ];
    const [keys, others] = [true, false].map((isKey) => all.filter(({ key }) => key === isKey)) as [Column[], Column[]];
    this.#assigned = [...others, ...keys];
    // `update t set a = $1, b = $2 where k = $3 and l = $4`
    this.#updateTexts = this.#assigned.map(({ name }, n) => {
      const before =
        n === 0 ? `update ${this.table} set ` : n < others.length ? ', ' : n > others.length ? ' and ' : ' where ';
      return `${before}${name} = `;
    });
    this.#updateTexts.push('');
  }

  /** Names of the columns that are read with a row. */
  get columns(): string[] {
    return this.#columns.map(({ name }) => name);
  }

  /** Returns the name of a property's column. @throws Error if the property has none */
  columnOf(property: keyof T & string): string {
    const column = this.#columns.find((each) => each.property === property);
    if (!column) throw new Error(`"${property}" has no column in the table ${this.table}.`);
    return column.name;
  }

  /** Returns the entity of one row of this table. */
  from(row: Row): T {
    const entity = this.metadata.create() as Row;
    for (const { property, name } of this.#columns) entity[property] = row[name];
    return entity as T;
  }

  /** Returns a mapping for some of the columns, so that a list of a thousand rows reads only the selected ones. */
  pick(properties: ReadonlySet<string>): { names: string[]; from(row: Row): T } {
    const columns = this.#columns.filter(({ property }) => properties.has(property));
    const Entity = this.metadata.target as new () => object;
    return {
      names: columns.map(({ name }) => name),
      from: (row) => {
        const entity = new Entity() as Row;
        for (const { property, name } of columns) entity[property] = row[name];
        return entity as T;
      },
    };
  }

  /** Returns an `insert` statement. The caller adds an `on conflict` clause if a duplicate is expected. */
  insert(entity: T): Sql {
    return new Sql(
      this.#insertTexts,
      this.#columns.map((column) => cellOf(entity, column)),
    );
  }

  /** Returns an `insert` of many rows as one JSON document, so that an import needs one statement per batch. */
  insertMany(entities: readonly T[]): Sql {
    return sql`insert into ${names([this.table])} select * from ${this.#recordset(entities)}`;
  }

  /** Returns an `update` of all columns except the key. */
  update(entity: T): Sql {
    return new Sql(
      this.#updateTexts,
      this.#assigned.map((column) => cellOf(entity, column)),
    );
  }

  /** Returns the `update` statements of many rows: one for each thousand, so that none exceeds its time limit. */
  updates(entities: readonly T[]): Sql[] {
    const [first] = entities;
    if (first && entities.length === 1) return [this.update(first)];
    const batches: Sql[] = [];
    for (let at = 0; at < entities.length; at += rowsAtATime)
      batches.push(this.updateMany(entities.slice(at, at + rowsAtATime)));
    return batches;
  }

  /** Returns an `update` of all columns except the key, for many rows as one JSON document. */
  updateMany(entities: readonly T[]): Sql {
    const assigned = (isKey: boolean, table: string) =>
      this.#columns
        .filter(({ key }) => key === isKey)
        .map(({ name }) => sql`${names([`${table}${name}`])} = ${names([`changed.${name}`])}`);
    return sql`update ${names([this.table])} set ${join(assigned(false, ''), ', ')}
      from ${this.#recordset(entities)} changed where ${and(...assigned(true, `${this.table}.`))}`;
  }

  #recordset(entities: readonly T[]): Sql {
    const rows = entities.map((entity) =>
      Object.fromEntries(this.#columns.map(({ property, name }) => [name, (entity as Row)[property] ?? null])),
    );
    return sql`jsonb_populate_recordset(null::${names([this.table])}, ${JSON.stringify(rows)}::jsonb)`;
  }
}

function cellOf(entity: object, { property, json }: Column): Value {
  const value = (entity as Record<string, Value>)[property] ?? null;
  // The driver would send an array as a PostgreSQL array instead of jsonb.
  return json && value !== null ? JSON.stringify(value) : value;
}

/** Returns a copy of an entity, so that it can be changed while the original stays unchanged. */
export const copyOf = <T extends object>(entity: T): T =>
  Object.assign(Object.create(Object.getPrototypeOf(entity)), entity);

const known = new WeakMap<DataSource, Map<unknown, Rows<object>>>();

/** Returns the mapping of an entity class, created once for each data source. */
export function rowsOf<T extends object>(dataSource: DataSource, entity: Class<T>): Rows<T> {
  const mappings = known.get(dataSource) ?? new Map<unknown, Rows<object>>();
  known.set(dataSource, mappings);
  const rows = mappings.get(entity) ?? new Rows<object>(dataSource.getMetadata(entity));
  mappings.set(entity, rows);
  return rows as Rows<T>;
}

type IsSame<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type IsWritable<T, Name extends keyof T> = IsSame<Pick<T, Name>, { -readonly [_ in Name]: T[Name] }>;

/** Values of a new entity: all writable properties. Properties with only a getter are computed. */
export type NewRow<T> = Pick<T, { [Name in keyof T]-?: IsWritable<T, Name> extends true ? Name : never }[keyof T]>;

/** Creates an entity from all its values. A missing value or a value of the wrong type does not compile. */
export const create = <T extends object>(entity: new () => T, values: NewRow<T>): T =>
  Object.assign(new entity(), values);
