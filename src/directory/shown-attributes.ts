import { FilterSyntax } from '../scim-model/syntax-errors.js';
import { type Scoped, type Sql, sql } from '../storage/sql.js';

/** The caller's view of resources: visibility and URLs. */
export interface ShownTo {
  /** The organization of the resources. */
  scope: Scoped;
  /** The connection whose IdP can see only its own groups and users; null for a caller that sees all. */
  connectionId: string | null;
  /** The SCIM base URL; null where resources have no URL, as in GraphQL. */
  baseUrl: string | null;
}

/** Returns the SQL of a resource's URL. @throws FilterSyntax if resources have no URL */
export function locationSql({ baseUrl }: ShownTo, path: '/Users/' | '/Groups/', id: Sql): Sql {
  if (baseUrl === null) throw new FilterSyntax('URLs cannot be searched here. Search for the id');
  return sql`(${baseUrl + path}::text || ${id})`;
}

/** Returns the SQL of `schemas`: the core schema, followed by each extension in the document. */
export const schemasSql = (core: string, document: Sql): Sql =>
  sql`(jsonb_build_array(${core}::text) || coalesce((select jsonb_agg(e.key) from jsonb_each(${document}) e
    where strpos(e.key, ':') > 0 and jsonb_typeof(e.value) = 'object'), '[]'))`;
