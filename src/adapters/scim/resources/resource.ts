import type { Json } from '../../../kernel/json.js';

/** Properties of the server that rendered resources contain. */
export interface Base {
  /** Base URL of the connection, as the IdP sent it. */
  url: string;
}

/** Resource in a response, and its ETag. */
export interface Rendered {
  etag: string;
  body: Json;
}

/** Returns the `meta` of a resource. */
export const metaOf = (
  resourceType: 'User' | 'Group',
  { id, createdAt, updatedAt }: { id: string; createdAt: Date; updatedAt: Date },
  { url, etag }: Base & { etag: string },
): Json => ({
  resourceType,
  created: createdAt.toISOString(),
  lastModified: updatedAt.toISOString(),
  location: `${url}/${resourceType}s/${id}`,
  version: etag,
});
