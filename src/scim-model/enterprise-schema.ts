import type { Schema } from './definition.js';

export const enterpriseUrn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** Schema of the enterprise extension (RFC 7643 section 4.3). */
export const enterpriseSchema: Schema = {
  id: enterpriseUrn,
  name: 'EnterpriseUser',
  description: 'Attributes of users who belong to an organization (RFC 7643 section 4.3).',
  attributes: [
    {
      name: 'employeeNumber',
      type: 'string',
      description: 'Number or code that the organization has assigned to the user.',
    },
    { name: 'costCenter', type: 'string', description: 'Name of a cost center.' },
    { name: 'organization', type: 'string', description: 'Name of an organization.' },
    { name: 'division', type: 'string', description: 'Name of a division.' },
    { name: 'department', type: 'string', description: 'Name of a department.' },
    {
      name: 'manager',
      type: 'complex',
      description: "The user's manager. A manager who is not yet provisioned is stored and resolved later.",
      subAttributes: [
        { name: 'value', type: 'string', caseExact: true, description: "The manager's id." },
        {
          name: '$ref',
          type: 'reference',
          caseExact: true,
          referenceTypes: ['User'],
          description: "The manager's URI.",
        },
        { name: 'displayName', type: 'string', mutability: 'readOnly', description: "The manager's display name." },
      ],
    },
  ],
};
