import type { Attribute, ResourceType } from './definition.js';

const attributes: readonly Attribute[] = [
  { name: 'value', type: 'string', caseExact: true, mutability: 'readOnly', description: 'What to send to assign it.' },
  { name: 'display', type: 'string', mutability: 'readOnly', description: 'A name to show for it.' },
  { name: 'supported', type: 'boolean', mutability: 'readOnly', description: 'Whether it can be assigned now.' },
];

/** Resource type of roles that the connection's IdP can grant (draft-ietf-scim-roles-entitlements). */
export const roleType: ResourceType = {
  name: 'Role',
  endpoint: '/Roles',
  description: 'A role that this IdP may grant.',
  core: {
    id: 'urn:ietf:params:scim:schemas:core:2.0:Role',
    name: 'Role',
    description: 'A role that this IdP may grant.',
    attributes,
  },
  extensions: [],
};

/** Resource type of entitlements that the IdP can assign (draft-ietf-scim-roles-entitlements). */
export const entitlementType: ResourceType = {
  name: 'Entitlement',
  endpoint: '/Entitlements',
  description: 'An entitlement that the application lets this IdP assign.',
  core: {
    id: 'urn:ietf:params:scim:schemas:core:2.0:Entitlement',
    name: 'Entitlement',
    description: 'An entitlement that the application lets this IdP assign.',
    attributes,
  },
  extensions: [],
};
