import type { PoolConfig } from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { migrations } from '../../migrations/index.js';
import { PostgresNaming } from './naming.js';
import { parseTypes } from './types.js';

/** Opens a TypeORM pool with the conventions of the schema. */
export async function openPool(extra: PoolConfig & { poolSize?: number }, entities: DataSourceOptions['entities']) {
  const dataSource = new DataSource({
    type: 'postgres',
    entities: entities ?? [],
    migrations,
    migrationsTransactionMode: 'each',
    namingStrategy: new PostgresNaming(),
    invalidWhereValuesBehavior: { null: 'throw', undefined: 'throw' },
    installExtensions: false,
    extra: { ...extra, types: parseTypes },
  });
  return dataSource.initialize();
}
