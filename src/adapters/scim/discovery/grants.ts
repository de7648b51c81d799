import { grantableRoles } from '../../../directory/roles/grantable-roles.js';
import type { Json } from '../../../kernel/json.js';
import { comparable } from '../../../scim-model/comparable.js';
import { attributeIn, type ResourceType, topLevel } from '../../../scim-model/definition.js';
import { entitlementType, roleType } from '../../../scim-model/grant-schemas.js';
import { matchesResource } from '../../../scim-model/match-filter.js';
import { NotSortable } from '../../../scim-model/syntax-errors.js';
import { ScimError } from '../http/errors.js';
import type { ScimRequest, ScimResponse } from '../http/request.js';
import { bySearch, type Route } from '../http/resource-routes.js';
import { type ListRequest, listResponse, parseList, refuseCursor } from '../list/list.js';
import { parseProjection, project } from '../resources/projection.js';

type ValuesOf = (request: ScimRequest) => readonly string[];

/**
 * Read-only endpoints of the roles and entitlements that an IdP can assign, so that it can show them to administrators.
 */
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
  const asked = parseList(request.query);
  refuseCursor(asked);
  const { filter, startIndex, count } = asked;
  const projection = parseProjection(type, request.query);
  const all = values.map((value) => formOf(type, value, request));
  const found = ordered(filter ? all.filter((form) => matchesResource(type, form, filter)) : all, type, asked);
  const page = found.slice(startIndex - 1, startIndex - 1 + count).map((form) => project(form, projection));
  return { status: 200, body: listResponse(page, { totalResults: found.length, startIndex }) };
}

/**
 * Returns the list sorted by `sortBy` (RFC 7644 section 3.4.2.3), or in the application's order if `sortBy` is absent
 * or unknown. @throws NotSortable
 */
function ordered(forms: Json[], type: ResourceType, { sortBy, descending }: ListRequest): Json[] {
  const attribute = sortBy === null ? undefined : attributeIn(topLevel(type), nameWithoutUrn(type, sortBy));
  if (sortBy === null || !attribute) return forms;
  if (attribute.type === 'complex' || attribute.multiValued) throw new NotSortable(sortBy);
  const keyOf = (form: Json) => Buffer.from(String(comparable(attribute, form[attribute.name])));
  const sorted = [...forms].sort((a, b) => Buffer.compare(keyOf(a), keyOf(b)));
  return descending ? sorted.reverse() : sorted;
}

const nameWithoutUrn = ({ core: { id } }: ResourceType, name: string): string =>
  name.toLowerCase().startsWith(`${id.toLowerCase()}:`) ? name.slice(id.length + 1) : name;

function getGrant(type: ResourceType, values: readonly string[], request: ScimRequest): ScimResponse {
  const value = values.find((candidate) => idOf(candidate) === request.id);
  if (value === undefined) throw new ScimError(404, null, `The ${type.name.toLowerCase()} was not found.`);
  return { status: 200, body: project(formOf(type, value, request), parseProjection(type, request.query)) };
}
