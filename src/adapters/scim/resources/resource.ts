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

/** Returns the bodies of the resources, whose `meta.version` contains the ETag. */
export const bodiesOf = (rendered: readonly Rendered[]): Json[] => rendered.map(({ body }) => body);

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
