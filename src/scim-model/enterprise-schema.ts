import type { Schema } from './definition.js';

export const enterpriseUrn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** Schema of the enterprise extension (RFC 7643 section 4.3). */
export const enterpriseSchema: Schema = {
  id: enterpriseUrn,
  name: 'EnterpriseUser',
  description: 'What organizations say of the people who work for them.',
  attributes: [
    {
      name: 'employeeNumber',
      type: 'string',
      description: 'The number or code by which the organization knows the person.',
    },
    { name: 'costCenter', type: 'string', description: 'Name of a cost center.' },
    { name: 'organization', type: 'string', description: 'Name of an organization.' },
    { name: 'division', type: 'string', description: 'Name of a division.' },
    { name: 'department', type: 'string', description: 'Name of a department.' },
    {
      name: 'manager',
      type: 'complex',
      description: "The person's manager; one who is not provisioned yet is kept and resolved later.",
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
