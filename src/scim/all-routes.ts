import { bulk } from './bulk/bulk.js';
import { discoveryRoutes } from './discovery.js';
import { grantRoutes } from './grants.js';
import { bySearch, type Route, resourceRoutes } from './resource-routes.js';
import { searchAll } from './root.js';

/** Everything that a connection's token opens. */
export const allRoutes: readonly Route[] = [
  ...resourceRoutes,
  ...discoveryRoutes,
  ...grantRoutes,
  ['GET', '/', searchAll],
  ['POST', '/.search', bySearch(searchAll)],
  ['POST', '/Bulk', bulk],
];
