import type { Column } from '../scim-model/compile-comparison.js';
import { names, raw, sql } from '../storage/sql.js';
import { locationSql, type ShownTo } from './shown-attributes.js';

const stored = (row: 'u' | 'g', resourceType: Column['sql']) =>
  new Map<string, Column>([
    ['meta', { sql: sql`'meta'`, form: 'exact' }],
    ['meta.created', { sql: names([`${row}.created_at`]), form: 'timestamp' }],
    ['meta.lastmodified', { sql: names([`${row}.updated_at`]), form: 'timestamp' }],
    ['meta.resourcetype', { sql: resourceType, form: 'exact' }],
    ['meta.version', { sql: sql`'version'`, form: 'exact' }],
  ]);

const resources = {
  u: { columns: stored('u', raw(`'User'`)), id: raw('u.id'), path: '/Users/' },
  g: { columns: stored('g', raw(`'Group'`)), id: raw('g.id'), path: '/Groups/' },
} as const;

/** Returns the column of a path of `meta` of users `u` or groups `g`, for filters and orders. */
export function metaColumn(row: keyof typeof resources, path: string, shownTo: ShownTo): Column | undefined {
  const { columns, id, path: before } = resources[row];
  return path === 'meta.location' ? { sql: locationSql(shownTo, before, id), form: 'exact' } : columns.get(path);
}
