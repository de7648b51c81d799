import type { Json } from '../json.js';

/** What every rendered resource needs to know of the server. */
export interface Base {
  /** The connection's base URL, as the IdP wrote it. */
  url: string;
}

/** A resource as an answer shows it, and its ETag. */
export interface Rendered {
  etag: string;
  body: Json;
}

/** Returns the resources without their ETags, which `meta.version` has. */
export const bodiesOf = (rendered: readonly Rendered[]): Json[] => rendered.map(({ body }) => body);

/** The `meta` of a resource. */
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
