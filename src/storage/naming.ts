import { DefaultNamingStrategy, type Table } from 'typeorm';

/** camelCase in TypeScript, snake_case in SQL. */
export const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The longest name that PostgreSQL keeps. */
const longest = 63;

/** Returns the name that PostgreSQL gives to a constraint of these columns (`makeObjectName` in its source). */
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

/** Names of columns follow from properties, and names of constraints from columns: no entity has to spell them. */
export class PostgresNaming extends DefaultNamingStrategy {
  override columnName(property: string, custom: string | undefined): string {
    return custom ?? snakeCase(property);
  }

  override primaryKeyName(table: Table | string, columns: string[]): string {
    // The list of migrations is TypeORM's own, and has the name that TypeORM gave it.
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
