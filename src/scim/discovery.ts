import type { Attribute, ResourceType, Schema } from '../attributes/definition.js';
import { groupType } from '../attributes/group-schema.js';
import { userType } from '../attributes/user-schema.js';
import type { Json } from '../json.js';
import { maximumCount } from './list.js';
import type { Base } from './resource.js';

const types: readonly ResourceType[] = [userType, groupType];

/** What the server can do (RFC 7643 section 5). It says what is so, limits included. */
export function serviceProviderConfig({ url }: Base): Json {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
    patch: { supported: true },
    bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    filter: { supported: true, maxResults: maximumCount },
    changePassword: { supported: false },
    sort: { supported: true },
    etag: { supported: true },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'Bearer token',
        description: "The connection's SCIM token in the Authorization header (RFC 6750).",
        specUri: 'https://www.rfc-editor.org/rfc/rfc6750',
        primary: true,
      },
    ],
    meta: { resourceType: 'ServiceProviderConfig', location: `${url}/ServiceProviderConfig` },
  };
}

/** The resource types (RFC 7643 section 6). */
export function resourceTypes({ url }: Base): Json[] {
  return types.map(({ name, endpoint, description, core, extensions }) => ({
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

/** The schemas with every characteristic spelt out (RFC 7643 section 7). */
export function schemas({ url }: Base): Json[] {
  const all: Schema[] = types.flatMap(({ core, extensions }) => [core, ...extensions]);
  return all.map(({ id, name, description, attributes }) => ({
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
