import type { ResourceType } from '../attributes/definition.js';
import { entitlementType, roleType } from '../attributes/grant-schemas.js';
import { matchesResource } from '../attributes/match-filter.js';
import { grantableRoles } from '../directory/roles/grants.js';
import type { Json } from '../json.js';
import { ScimError } from './errors.js';
import { listResponse, parseList } from './list.js';
import { parseProjection, project } from './projection.js';
import type { ScimRequest, ScimResponse } from './request.js';
import { bySearch, type Route } from './resource-routes.js';

type ValuesOf = (request: ScimRequest) => readonly string[];

/** What the application offers to be assigned, so that an IdP can show it to its administrators. Read-only. */
export const grantRoutes: readonly Route[] = [
  ...routesOf(roleType, ({ principal }) => grantableRoles(principal.settings)),
  ...routesOf(entitlementType, ({ principal }) => principal.settings.entitlements),
];

function routesOf(type: ResourceType, valuesOf: ValuesOf): Route[] {
  const list = async (request: ScimRequest) => listGrants(type, valuesOf(request), request);
  return [
    ['GET', type.endpoint, list],
    ['POST', `${type.endpoint}/.search`, bySearch(list)],
    ['GET', `${type.endpoint}/:id`, async (request) => getGrant(type, valuesOf(request), request)],
  ];
}

const idOf = (value: string) => Buffer.from(value).toString('base64url');

const formOf = ({ name, endpoint, core }: ResourceType, value: string, { base }: ScimRequest): Json => ({
  schemas: [core.id],
  id: idOf(value),
  value,
  display: value,
  supported: true,
  meta: { resourceType: name, location: `${base.url}${endpoint}/${idOf(value)}` },
});

function listGrants(type: ResourceType, values: readonly string[], request: ScimRequest): ScimResponse {
  const { filter, startIndex, count } = parseList(request.query);
  const projection = parseProjection(type, request.query);
  const all = values.map((value) => formOf(type, value, request));
  const found = filter ? all.filter((form) => matchesResource(type, form, filter)) : all;
  const page = found.slice(startIndex - 1, startIndex - 1 + count).map((form) => project(form, projection));
  return { status: 200, body: listResponse(page, { totalResults: found.length, startIndex }) };
}

function getGrant(type: ResourceType, values: readonly string[], request: ScimRequest): ScimResponse {
  const value = values.find((candidate) => idOf(candidate) === request.id);
  if (value === undefined) throw new ScimError(404, null, `There is no such ${type.name.toLowerCase()}.`);
  return { status: 200, body: project(formOf(type, value, request), parseProjection(type, request.query)) };
}
