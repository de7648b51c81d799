import { DefaultNamingStrategy, type Table } from 'typeorm';

/** Converts camelCase names of TypeScript to the snake_case names of SQL. */
export const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Maximum length of a name in PostgreSQL. */
const longest = 63;

/** Returns the name that PostgreSQL assigns to a constraint on these columns (`makeObjectName` in its source). */
export function constraintName(table: string, columns: readonly string[], kind: 'pkey' | 'fkey' | 'key'): string {
  const parts = [table, ...(kind === 'pkey' ? [] : [columns.join('_').slice(0, longest)])];
  const room = longest - kind.length - parts.length;
  while (parts.join('').length > room) {
    const [first = '', second = ''] = parts;
    const n = first.length > second.length ? 0 : 1;
    parts[n] = (parts[n] ?? '').slice(0, -1);
  }
  return [...parts, kind].join('_');
}

/**
 * Naming strategy that derives column names from properties, and constraint names from columns, so that entities need
 * not contain them.
 */
export class PostgresNaming extends DefaultNamingStrategy {
  override columnName(property: string, custom: string | undefined): string {
    return custom ?? snakeCase(property);
  }

  override primaryKeyName(table: Table | string, columns: string[]): string {
    // TypeORM creates the list of migrations itself, with its own name for the primary key.
    if (this.getTableName(table) === 'migrations') return super.primaryKeyName(table, columns);
    return constraintName(this.getTableName(table), columns, 'pkey');
  }

  override foreignKeyName(table: Table | string, columns: string[]): string {
    return constraintName(this.getTableName(table), columns, 'fkey');
  }

  override uniqueConstraintName(table: Table | string, columns: string[]): string {
    return constraintName(this.getTableName(table), columns, 'key');
  }
}
