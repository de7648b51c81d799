import type { PoolConfig } from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { migrations } from '../../migrations/index.js';
import { SnakeNaming } from './naming.js';
import { parseTypes } from './types.js';

/** Makes a session one of the role that the server works as. */
export const asRuntime = `select set_config('role', 'rollcall_runtime', false)
  from pg_roles where rolname = 'rollcall_runtime' and pg_has_role(current_user, oid, 'member')`;

/** Opens a pool of TypeORM with the conventions of the schema. */
export async function openPool(extra: PoolConfig & { poolSize?: number }, entities: DataSourceOptions['entities']) {
  const dataSource = new DataSource({
    type: 'postgres',
    entities: entities ?? [],
    migrations,
    migrationsTransactionMode: 'each',
    namingStrategy: new SnakeNaming(),
    invalidWhereValuesBehavior: { null: 'throw', undefined: 'throw' },
    installExtensions: false,
    extra: { ...extra, types: parseTypes },
  });
  return dataSource.initialize();
}
