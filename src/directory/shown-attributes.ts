import { FilterSyntax } from '../attributes/syntax-errors.js';
import { type Scoped, type Sql, sql } from '../storage/sql.js';

/** Who sees the resources: what it sees of others, and under which URL. */
export interface ShownTo {
  /** The organization of the resources. */
  scope: Scoped;
  /** The connection whose IdP sees its own groups and people only; null sees all. */
  connectionId: string | null;
  /** The SCIM base URL; null where resources have none, as in GraphQL. */
  baseUrl: string | null;
}

/** Returns the SQL of a resource's URL. @throws FilterSyntax if resources have no URL here */
export function locationSql({ baseUrl }: ShownTo, path: '/Users/' | '/Groups/', id: Sql): Sql {
  if (baseUrl === null) throw new FilterSyntax('URLs cannot be searched here. Search for the id');
  return sql`(${baseUrl + path}::text || ${id})`;
}

/** Returns the SQL of `schemas`: the core schema, then each extension that the document has. */
export const schemasSql = (core: string, document: Sql): Sql =>
  sql`(jsonb_build_array(${core}::text) || coalesce((select jsonb_agg(e.key) from jsonb_each(${document}) e
    where strpos(e.key, ':') > 0 and jsonb_typeof(e.value) = 'object'), '[]'))`;
