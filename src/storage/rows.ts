import type { DataSource, EntityMetadata } from 'typeorm';
import { and, join, names, type Sql, sql, type Value } from './sql.js';

type Row = Record<string, unknown>;
type Class<T> = abstract new () => T;

/** A column, and the property of the entity that has its value. */
interface Column {
  property: string;
  name: string;
  json: boolean;
  key: boolean;
}

/**
 * Rows to entities and back, by TypeORM's own metadata: the entity stays the one place that names a column, and a hot
 * path pays for no query builder.
 */
export class Rows<T extends object> {
  readonly table: string;
  readonly #columns: Column[];

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
  }

  /** The entity of one row of this table. */
  from(row: Row): T {
    const entity = this.metadata.create() as Row;
    for (const { property, name } of this.#columns) entity[property] = row[name];
    return entity as T;
  }

  /** A reader of some of the columns: a list of a thousand rows pays for what is shown and for nothing else. */
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

  /** `insert`. The caller adds an `on conflict` clause where a repeat is expected. */
  insert(entity: T): Sql {
    const columns = names(this.#columns.map(({ name }) => name));
    const values = this.#columns.map((column) => sql`${cellOf(entity, column)}`);
    return sql`insert into ${names([this.table])} (${columns}) values (${join(values, ', ')})`;
  }

  /** `insert` of many rows as one JSON document: an import is one statement a batch. */
  insertMany(entities: readonly T[]): Sql {
    return sql`insert into ${names([this.table])} select * from ${this.#recordset(entities)}`;
  }

  /** `update` of every column but the key's. */
  update(entity: T): Sql {
    const assigned = (isKey: boolean) =>
      this.#columns
        .filter(({ key }) => key === isKey)
        .map((column) => sql`${names([column.name])} = ${cellOf(entity, column)}`);
    return sql`update ${names([this.table])} set ${join(assigned(false), ', ')} where ${and(...assigned(true))}`;
  }

  /** `update` of every column but the key's, of many rows as one JSON document. */
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
  // An array in a jsonb column would reach PostgreSQL as an array of its own kind.
  return json && value !== null ? JSON.stringify(value) : value;
}

/** Returns a copy of an entity, to be changed while the original stays as it was read. */
export const copyOf = <T extends object>(entity: T): T =>
  Object.assign(Object.create(Object.getPrototypeOf(entity)), entity);

const known = new WeakMap<DataSource, Map<unknown, Rows<object>>>();

/** The mapping of an entity class, made once a data source. */
export function rowsOf<T extends object>(dataSource: DataSource, entity: Class<T>): Rows<T> {
  const mappings = known.get(dataSource) ?? new Map<unknown, Rows<object>>();
  known.set(dataSource, mappings);
  const rows = mappings.get(entity) ?? new Rows<object>(dataSource.getMetadata(entity));
  mappings.set(entity, rows);
  return rows as Rows<T>;
}

type IsSame<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type IsWritable<T, Name extends keyof T> = IsSame<Pick<T, Name>, { -readonly [_ in Name]: T[Name] }>;

/** The values of a new entity: every property that can be assigned. Those with a getter only are computed. */
export type NewRow<T> = Pick<T, { [Name in keyof T]-?: IsWritable<T, Name> extends true ? Name : never }[keyof T]>;

/** Makes an entity of all its values. One that is missing, or has the wrong type, does not compile. */
export const create = <T extends object>(entity: new () => T, values: NewRow<T>): T =>
  Object.assign(new entity(), values);
