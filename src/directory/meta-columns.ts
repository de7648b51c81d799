import type { Columns } from '../scim-model/compile-values.js';
import { names, raw, sql } from '../storage/sql.js';
import { locationSql, type ShownTo } from './shown-attributes.js';

const resources = {
  u: { resourceType: raw(`'User'`), path: '/Users/' },
  g: { resourceType: raw(`'Group'`), path: '/Groups/' },
} as const;

/** Returns the columns that contain `meta` of users `u` or groups `g`, for filters and orders. */
export function metaColumns(row: keyof typeof resources, shownTo: ShownTo): Columns['columns'] {
  const { resourceType, path } = resources[row];
  return {
    meta: { sql: sql`'meta'`, form: 'exact' },
    'meta.created': { sql: names([`${row}.created_at`]), form: 'timestamp' },
    'meta.lastmodified': { sql: names([`${row}.updated_at`]), form: 'timestamp' },
    'meta.resourcetype': { sql: resourceType, form: 'exact' },
    'meta.version': { sql: sql`'version'`, form: 'exact' },
    'meta.location': {
      get sql() {
        return locationSql(shownTo, path, names([`${row}.id`]));
      },
      form: 'exact',
    },
  };
}
