import { getGroup, patchGroup, postGroup, putGroup, removeGroup, searchGroups } from '../groups/groups.js';
import { getUser, patchUser, postUser, putUser, removeUser, searchUsers } from '../users/users.js';
import { searchParameters } from './parameters.js';
import type { Handler } from './request.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Route = readonly [method: Method, path: string, handle: Handler];

/** Routes of users and groups, for HTTP, bulk requests, and replays from the request log. */
export const resourceRoutes: readonly Route[] = [
  ['GET', '/Users', searchUsers],
  ['POST', '/Users', postUser],
  ['GET', '/Users/:id', getUser],
  ['PUT', '/Users/:id', putUser],
  ['PATCH', '/Users/:id', patchUser],
  ['DELETE', '/Users/:id', removeUser],
  ['POST', '/Users/.search', bySearch(searchUsers)],
  ['GET', '/Groups', searchGroups],
  ['POST', '/Groups/.search', bySearch(searchGroups)],
  ['POST', '/Groups', postGroup],
  ['GET', '/Groups/:id', getGroup],
  ['PUT', '/Groups/:id', putGroup],
  ['PATCH', '/Groups/:id', patchGroup],
  ['DELETE', '/Groups/:id', removeGroup],
];

/**
 * Returns a handler for a query with POST (RFC 7644 section 3.4.3): its parameters are in the body, which access logs
 * do not contain. Nothing is created.
 */
export function bySearch(list: Handler): Handler {
  return async (request) => list({ ...request, query: searchParameters(request.body) });
}

/** Returns the route of a path below the base URL, and the id in the path; null if there is none. */
export function routeOf(
  method: string,
  path: string,
  among: readonly Route[] = resourceRoutes,
): { handle: Handler; id: string } | null {
  const [collection = '', id, more] = path.split('/').filter(Boolean);
  if (more !== undefined) return null;
  const wanted = id === undefined ? [`/${collection}`] : [`/${collection}/${id}`, `/${collection}/:id`];
  for (const pattern of wanted) {
    const found = among.find(([verb, place]) => verb === method && place.toLowerCase() === pattern.toLowerCase());
    if (found) return { handle: found[2], id: decoded(id ?? '') };
  }
  return null;
}

function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
