import type { ResourceType } from './definition.js';

/** Resource type of groups (RFC 7643 section 4.2). */
export const groupType: ResourceType = {
  name: 'Group',
  endpoint: '/Groups',
  description: 'A group of users and nested groups.',
  core: {
    id: 'urn:ietf:params:scim:schemas:core:2.0:Group',
    name: 'Group',
    description: 'A group of users and nested groups.',
    attributes: [
      { name: 'displayName', type: 'string', required: true, description: 'Display name of the group.' },
      {
        name: 'members',
        type: 'complex',
        multiValued: true,
        description: 'Direct members: users and groups.',
        subAttributes: [
          { name: 'value', type: 'string', caseExact: true, mutability: 'immutable', description: "The member's id." },
          {
            name: '$ref',
            type: 'reference',
            caseExact: true,
            mutability: 'immutable',
            referenceTypes: ['User', 'Group'],
            description: "The member's URI.",
          },
          {
            name: 'type',
            type: 'string',
            mutability: 'immutable',
            canonicalValues: ['User', 'Group'],
            description: 'Type of the member: User or Group.',
          },
          { name: 'display', type: 'string', mutability: 'readOnly', description: "The member's name." },
        ],
      },
    ],
  },
  extensions: [],
};
