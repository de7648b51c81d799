import type { Attribute, ResourceType } from './definition.js';

const attributes: readonly Attribute[] = [
  {
    name: 'value',
    type: 'string',
    caseExact: true,
    mutability: 'readOnly',
    description: 'Value to send to assign it.',
  },
  { name: 'display', type: 'string', mutability: 'readOnly', description: 'Display name of the value.' },
  { name: 'supported', type: 'boolean', mutability: 'readOnly', description: 'True if it can be assigned.' },
];

/** Resource type of roles that the connection's IdP can grant (draft-ietf-scim-roles-entitlements). */
export const roleType: ResourceType = {
  name: 'Role',
  endpoint: '/Roles',
  description: 'A role that this IdP can grant.',
  core: {
    id: 'urn:ietf:params:scim:schemas:core:2.0:Role',
    name: 'Role',
    description: 'A role that this IdP can grant.',
    attributes,
  },
  extensions: [],
};

/** Resource type of entitlements that the IdP can assign (draft-ietf-scim-roles-entitlements). */
export const entitlementType: ResourceType = {
  name: 'Entitlement',
  endpoint: '/Entitlements',
  description: 'An entitlement that this IdP can assign.',
  core: {
    id: 'urn:ietf:params:scim:schemas:core:2.0:Entitlement',
    name: 'Entitlement',
    description: 'An entitlement that this IdP can assign.',
    attributes,
  },
  extensions: [],
};
