import type { DataSource, EntityMetadata } from 'typeorm';

type Row = Record<string, unknown>;
type Class<T> = abstract new () => T;

/** A statement with its values, ready for `pg`. */
export interface Statement {
  sql: string;
  values: unknown[];
}

/**
 * Rows to entities and back, by TypeORM's own metadata: the entity stays the one place that names a column, and a hot
 * path pays for no query builder.
 */
export class Rows<T extends object> {
  readonly table: string;
  readonly #columns: { property: string; name: string; json: boolean; key: boolean }[];

  constructor(readonly metadata: EntityMetadata) {
    this.table = metadata.tableName;
    this.#columns = metadata.columns.map((column) => ({
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

  /** `insert`; the caller adds an `on conflict` clause where a repeat is expected. */
  insert(entity: T): Statement {
    const names = this.#columns.map(({ name }) => name).join(', ');
    const places = this.#columns.map((_, n) => `$${n + 1}`).join(', ');
    return { sql: `insert into ${this.table} (${names}) values (${places})`, values: this.#values(entity) };
  }

  /** Many rows in one statement, as one JSON document: an import is a round trip a batch. Takes one value, `documentOf`. */
  insertMany(): string {
    return `insert into ${this.table} select * from jsonb_populate_recordset(null::${this.table}, $1::jsonb)`;
  }

  /** The value of `insertMany`. */
  documentOf(entities: readonly T[]): string {
    const rows = entities.map((entity) =>
      Object.fromEntries(this.#columns.map(({ property, name }) => [name, (entity as Row)[property] ?? null])),
    );
    return JSON.stringify(rows);
  }

  /** `update` of every column but the key's. */
  update(entity: T): Statement {
    const sets = this.#columns.flatMap(({ name, key }, n) => (key ? [] : [`${name} = $${n + 1}`])).join(', ');
    const keys = this.#columns.flatMap(({ name, key }, n) => (key ? [`${name} = $${n + 1}`] : [])).join(' and ');
    return { sql: `update ${this.table} set ${sets} where ${keys}`, values: this.#values(entity) };
  }

  #values(entity: T): unknown[] {
    // An array in a jsonb column would reach PostgreSQL as an array of its own kind.
    return this.#columns.map(({ property, json }) => {
      const value = (entity as Row)[property] ?? null;
      return json && value !== null ? JSON.stringify(value) : value;
    });
  }
}

const known = new WeakMap<DataSource, Map<unknown, Rows<object>>>();

/** The mapping of an entity class, made once a data source. */
export function rowsOf<T extends object>(dataSource: DataSource, entity: Class<T>): Rows<T> {
  const mappings = known.get(dataSource) ?? new Map<unknown, Rows<object>>();
  known.set(dataSource, mappings);
  const rows = mappings.get(entity) ?? new Rows<object>(dataSource.getMetadata(entity as never));
  mappings.set(entity, rows);
  return rows as Rows<T>;
}
