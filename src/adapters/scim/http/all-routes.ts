import { bulk } from '../bulk/bulk.js';
import { discoveryRoutes } from '../discovery/discovery.js';
import { grantRoutes } from '../discovery/grants.js';
import { bySearch, type Route, resourceRoutes } from './resource-routes.js';
import { searchAll } from './search-all.js';

/** SCIM routes that a connection's token gives access to. */
export const allRoutes: readonly Route[] = [
  ...resourceRoutes,
  ...discoveryRoutes,
  ...grantRoutes,
  ['GET', '/', searchAll],
  ['POST', '/.search', bySearch(searchAll)],
  ['POST', '/Bulk', bulk],
];
