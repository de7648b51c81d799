import type { Json } from '../json.js';

/** What every rendered resource needs to know of the server. */
export interface Base {
  /** The connection's base URL, as the IdP wrote it. */
  url: string;
}

/** The weak ETag of a revision (RFC 7644 section 3.14). */
export const etagOf = ({ revision }: { revision: number }): string => `W/"${revision}"`;

/** The `meta` of a resource. */
export function metaOf(
  resourceType: 'User' | 'Group',
  { id, createdAt, updatedAt, revision }: { id: string; createdAt: Date; updatedAt: Date; revision: number },
  { url }: Base,
): Json {
  return {
    resourceType,
    created: createdAt.toISOString(),
    lastModified: updatedAt.toISOString(),
    location: `${url}/${resourceType}s/${id}`,
    version: etagOf({ revision }),
  };
}
