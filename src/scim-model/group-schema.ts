import type { ResourceType } from './definition.js';

/** Resource type of groups (RFC 7643 section 4.2). */
export const groupType: ResourceType = {
  name: 'Group',
  endpoint: '/Groups',
  description: 'A named set of people and groups.',
  core: {
    id: 'urn:ietf:params:scim:schemas:core:2.0:Group',
    name: 'Group',
    description: 'A named set of people and groups.',
    attributes: [
      { name: 'displayName', type: 'string', required: true, description: 'The name to show.' },
      {
        name: 'members',
        type: 'complex',
        multiValued: true,
        description: 'People and groups that belong to it directly.',
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
            description: 'What the member is.',
          },
          { name: 'display', type: 'string', mutability: 'readOnly', description: "The member's name." },
        ],
      },
    ],
  },
  extensions: [],
};
