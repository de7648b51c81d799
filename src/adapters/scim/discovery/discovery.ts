import type { Json } from '../../../kernel/json.js';
import type { Attribute, ResourceType } from '../../../scim-model/definition.js';
import { entitlementType, roleType } from '../../../scim-model/grant-schemas.js';
import { maximumOperations, maximumPayload } from '../bulk/parse-bulk.js';
import { ScimError } from '../http/errors.js';
import { textParameter } from '../http/parameters.js';
import type { Handler, ScimRequest } from '../http/request.js';
import type { Route } from '../http/resource-routes.js';
import { cursorTimeout } from '../list/cursor.js';
import { defaultCount, listResponse, maximumCount } from '../list/list.js';

const typesOf = ({ types }: ScimRequest): readonly ResourceType[] => [
  types.user,
  types.group,
  roleType,
  entitlementType,
];

/** Discovery endpoints (RFC 7644 section 4). They support GET only, without a filter. */
export const discoveryRoutes: readonly Route[] = [
  ['GET', '/ServiceProviderConfig', withoutFilter((request) => serviceProviderConfig(request))],
  ['GET', '/ResourceTypes', all(resourceTypes)],
  ['GET', '/ResourceTypes/:id', one(resourceTypes)],
  ['GET', '/Schemas', all(schemas)],
  ['GET', '/Schemas/:id', one(schemas)],
];

function withoutFilter(form: (request: ScimRequest) => Json): Handler {
  return async (request) => {
    if (request.query.filter !== undefined)
      throw new ScimError(403, null, 'Discovery endpoints do not support filters (RFC 7644 section 4).');
    // A list always fits on one page, so no response contains a cursor. Paging by index and sorting are ignored, as
    // section 4 requires.
    if (textParameter(request.query, 'cursor', 'invalidCursor'))
      throw new ScimError(400, 'invalidCursor', 'Discovery endpoints do not support cursors. Remove "cursor".');
    return { status: 200, body: form(request) };
  };
}

function all(of: (request: ScimRequest) => Json[]): Handler {
  return withoutFilter((request) => {
    const items = of(request);
    return listResponse(items, { totalResults: items.length, startIndex: 1 });
  });
}

function one(of: (request: ScimRequest) => Json[]): Handler {
  return withoutFilter((request) => {
    const item = of(request).find(({ id }) => String(id).toLowerCase() === request.id.toLowerCase());
    if (!item) throw new ScimError(404, null, `"${request.id.slice(0, 100)}" was not found.`);
    return item;
  });
}

/** Returns the features and limits of the server (RFC 7643 section 5). */
function serviceProviderConfig({ base: { url } }: ScimRequest): Json {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
    patch: { supported: true },
    bulk: { supported: true, maxOperations: maximumOperations, maxPayloadSize: maximumPayload },
    filter: { supported: true, maxResults: maximumCount },
    changePassword: { supported: false },
    sort: { supported: true },
    etag: { supported: true },
    pagination: {
      cursor: true,
      index: true,
      defaultPaginationMethod: 'index',
      defaultPageSize: defaultCount,
      maxPageSize: maximumCount,
      cursorTimeout,
    },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'Bearer token',
        description: "The connection's SCIM token in the Authorization header (RFC 6750).",
        specUri: 'https://www.rfc-editor.org/rfc/rfc6750',
        primary: true,
      },
      {
        type: 'oauth2',
        name: 'OAuth 2.0 client credentials',
        description: `Tokens of an hour from ${url}/oauth/token, scope scim; by secret or private_key_jwt (RFC 6749 section 4.4).`,
        specUri: 'https://www.rfc-editor.org/rfc/rfc6749',
      },
    ],
    meta: { resourceType: 'ServiceProviderConfig', location: `${url}/ServiceProviderConfig` },
  };
}

/** Returns the resource types (RFC 7643 section 6). */
function resourceTypes(request: ScimRequest): Json[] {
  const { url } = request.base;
  return typesOf(request).map(({ name, endpoint, description, core, extensions }) => ({
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
    id: name,
    name,
    endpoint,
    description,
    schema: core.id,
    schemaExtensions: extensions.map(({ id }) => ({ schema: id, required: false })),
    meta: { resourceType: 'ResourceType', location: `${url}/ResourceTypes/${name}` },
  }));
}

/** Returns the schemas with all characteristics of each attribute (RFC 7643 section 7). */
function schemas(request: ScimRequest): Json[] {
  const { url } = request.base;
  const known = typesOf(request).flatMap(({ core, extensions }) => [core, ...extensions]);
  return known.map(({ id, name, description, attributes }) => ({
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:Schema'],
    id,
    name,
    description,
    attributes: attributes.map(attributeForm),
    meta: { resourceType: 'Schema', location: `${url}/Schemas/${id}` },
  }));
}

function attributeForm(attribute: Attribute): Json {
  const { name, type, description, canonicalValues, referenceTypes, subAttributes } = attribute;
  const isText = type === 'string' || type === 'reference' || type === 'binary';
  return {
    name,
    type,
    multiValued: attribute.multiValued ?? false,
    description,
    required: attribute.required ?? false,
    ...(isText && { caseExact: attribute.caseExact ?? false }),
    mutability: attribute.mutability ?? 'readWrite',
    returned: attribute.returned ?? 'default',
    ...(type !== 'complex' && { uniqueness: attribute.uniqueness ?? 'none' }),
    ...(canonicalValues && canonicalValues.length > 0 && { canonicalValues }),
    ...(referenceTypes && { referenceTypes }),
    ...(subAttributes && { subAttributes: subAttributes.map(attributeForm) }),
  };
}
