import type { Attribute, ResourceType, Schema } from './definition.js';
import { enterpriseSchema } from './enterprise-schema.js';

/** Returns the usual sub-attributes of a multi-valued attribute (RFC 7643 section 2.4). */
function values(what: string, types: readonly string[], value: Partial<Attribute> = {}): readonly Attribute[] {
  return [
    { name: 'value', type: 'string', description: `The ${what}.`, ...value },
    { name: 'display', type: 'string', description: 'Display name of the value.' },
    { name: 'type', type: 'string', canonicalValues: types, description: 'Type of the value, such as work.' },
    { name: 'primary', type: 'boolean', description: 'True for the preferred value. At most one value is primary.' },
  ];
}
const text = (name: string, description: string): Attribute => ({ name, type: 'string', description });

const addressParts: readonly Attribute[] = [
  text('formatted', 'The whole address, ready to print.'),
  text('streetAddress', 'Street, house number, apartment.'),
  text('locality', 'City or locality.'),
  text('region', 'State or region.'),
  text('postalCode', 'Postal code.'),
  text('country', 'Country, ISO 3166-1 alpha-2.'),
  {
    name: 'type',
    type: 'string',
    canonicalValues: ['work', 'home', 'other'],
    description: 'Type of the value, such as work.',
  },
  { name: 'primary', type: 'boolean', description: 'True for the preferred value. At most one value is primary.' },
];

const nameParts: readonly Attribute[] = [
  text('formatted', 'The full name, ready to show.'),
  text('familyName', 'Family name.'),
  text('givenName', 'Given name.'),
  text('middleName', 'Middle names.'),
  text('honorificPrefix', 'Title before the name.'),
  text('honorificSuffix', 'Suffix after the name.'),
];

/** Core schema of users (RFC 7643 section 4.1). */
export const userSchema: Schema = {
  id: 'urn:ietf:params:scim:schemas:core:2.0:User',
  name: 'User',
  description: 'A user account.',
  attributes: [
    {
      name: 'userName',
      type: 'string',
      required: true,
      uniqueness: 'server',
      description: 'Name with which the user signs in. Unique in the organization, compared case-insensitively.',
    },
    { name: 'name', type: 'complex', description: "Components of the user's name.", subAttributes: nameParts },
    text('displayName', 'Display name of the group.'),
    text('nickName', 'A casual name.'),
    {
      name: 'profileUrl',
      type: 'reference',
      caseExact: true,
      referenceTypes: ['external'],
      description: 'URL of a page about the user.',
    },
    text('title', 'Job title.'),
    text('userType', 'Relationship to the organization, such as Contractor.'),
    text('preferredLanguage', 'Preferred languages, as in Accept-Language.'),
    text('locale', 'Locale, BCP 47.'),
    text('timezone', 'Time zone, Olson name.'),
    { name: 'active', type: 'boolean', description: 'False deactivates the user and ends all sessions.' },
    {
      name: 'password',
      type: 'string',
      caseExact: true,
      mutability: 'writeOnly',
      returned: 'never',
      description: 'Accepted but never stored: users sign in at their IdP.',
    },
    {
      name: 'emails',
      type: 'complex',
      multiValued: true,
      description: 'Email addresses.',
      subAttributes: values('address', ['work', 'home', 'other']),
    },
    {
      name: 'phoneNumbers',
      type: 'complex',
      multiValued: true,
      description: 'Phone numbers, stored as sent.',
      subAttributes: values('number', ['work', 'home', 'mobile', 'fax', 'pager', 'other']),
    },
    {
      name: 'ims',
      type: 'complex',
      multiValued: true,
      description: 'Instant messaging addresses.',
      subAttributes: values('address', ['aim', 'gtalk', 'icq', 'xmpp', 'msn', 'skype', 'qq', 'yahoo']),
    },
    {
      name: 'photos',
      type: 'complex',
      multiValued: true,
      description: 'Photos of the user.',
      subAttributes: values('URL', ['photo', 'thumbnail'], {
        type: 'reference',
        caseExact: true,
        referenceTypes: ['external'],
      }),
    },
    {
      name: 'addresses',
      type: 'complex',
      multiValued: true,
      description: 'Postal addresses.',
      subAttributes: addressParts,
    },
    {
      name: 'groups',
      type: 'complex',
      multiValued: true,
      mutability: 'readOnly',
      description: 'Groups of which the user is a member, directly or through nested groups.',
      subAttributes: [
        { name: 'value', type: 'string', caseExact: true, mutability: 'readOnly', description: "The group's id." },
        {
          name: '$ref',
          type: 'reference',
          caseExact: true,
          mutability: 'readOnly',
          referenceTypes: ['Group'],
          description: "The group's URI.",
        },
        { name: 'display', type: 'string', mutability: 'readOnly', description: "The group's name." },
        {
          name: 'type',
          type: 'string',
          mutability: 'readOnly',
          canonicalValues: ['direct', 'indirect'],
          description: 'Kind of membership: direct or indirect.',
        },
      ],
    },
    {
      name: 'entitlements',
      type: 'complex',
      multiValued: true,
      description: 'Entitlements that the IdP assigns.',
      subAttributes: values('entitlement', []),
    },
    {
      name: 'roles',
      type: 'complex',
      multiValued: true,
      description: 'Roles that the IdP assigns.',
      subAttributes: values('role', []),
    },
    {
      name: 'x509Certificates',
      type: 'complex',
      multiValued: true,
      description: 'X.509 certificates of the user.',
      subAttributes: values('certificate in base64', [], { type: 'binary', caseExact: true }),
    },
  ],
};

export const userType: ResourceType = {
  name: 'User',
  endpoint: '/Users',
  description: 'A user account.',
  core: userSchema,
  extensions: [enterpriseSchema],
};
