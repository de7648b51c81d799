/** The characteristics of an attribute (RFC 7643 section 2.2 and 7). Absent ones have the RFC's defaults. */
export interface Attribute {
  name: string;
  type: 'string' | 'boolean' | 'decimal' | 'integer' | 'dateTime' | 'binary' | 'reference' | 'complex';
  description: string;
  multiValued?: true;
  required?: true;
  caseExact?: true;
  mutability?: 'readOnly' | 'immutable' | 'writeOnly';
  returned?: 'always' | 'never' | 'request';
  uniqueness?: 'server';
  canonicalValues?: readonly string[];
  referenceTypes?: readonly string[];
  subAttributes?: readonly Attribute[];
}

/** A schema: a URN and what belongs under it. */
export interface Schema {
  id: string;
  name: string;
  description: string;
  attributes: readonly Attribute[];
}

/** What a resource is made of: its core schema and the extensions that the server knows. */
export interface ResourceType {
  name: string;
  endpoint: string;
  description: string;
  core: Schema;
  extensions: readonly Schema[];
  /** URNs that a connection declares for other resource types only. */
  foreign?: readonly string[];
}

/** Attributes that every resource has beside its schema's own (RFC 7643 section 3.1). */
export const commonAttributes: readonly Attribute[] = [
  {
    name: 'schemas',
    type: 'reference',
    multiValued: true,
    caseExact: true,
    returned: 'always',
    description: 'The schemas in use.',
    referenceTypes: ['uri'],
  },
  {
    name: 'id',
    type: 'string',
    caseExact: true,
    mutability: 'readOnly',
    returned: 'always',
    uniqueness: 'server',
    description: 'The id that the server has given.',
  },
  { name: 'externalId', type: 'string', caseExact: true, description: "The provisioning client's own id." },
  {
    name: 'meta',
    type: 'complex',
    mutability: 'readOnly',
    description: 'What the server knows of the resource.',
    subAttributes: [
      { name: 'resourceType', type: 'string', caseExact: true, mutability: 'readOnly', description: 'User or Group.' },
      { name: 'created', type: 'dateTime', mutability: 'readOnly', description: 'When it was created.' },
      { name: 'lastModified', type: 'dateTime', mutability: 'readOnly', description: 'When it last changed.' },
      {
        name: 'location',
        type: 'reference',
        caseExact: true,
        mutability: 'readOnly',
        referenceTypes: ['uri'],
        description: 'Its URI.',
      },
      { name: 'version', type: 'string', caseExact: true, mutability: 'readOnly', description: 'Its ETag.' },
    ],
  },
];

const sameName = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

/** The attribute of that name, in any case (RFC 7643 section 2.1). */
export function attributeIn(attributes: readonly Attribute[], name: string): Attribute | undefined {
  return attributes.find((attribute) => sameName(attribute.name, name));
}

/** The extension with that URN, in any case. */
export function extensionIn(type: ResourceType, urn: string): Schema | undefined {
  return type.extensions.find(({ id }) => sameName(id, urn));
}

/** Top-level attributes of the resource, common ones included. */
export const topLevel = (type: ResourceType): readonly Attribute[] => allOf.get(type) ?? remember(type);
const allOf = new WeakMap<ResourceType, readonly Attribute[]>();
function remember(type: ResourceType): readonly Attribute[] {
  const all = [...commonAttributes, ...type.core.attributes];
  allOf.set(type, all);
  return all;
}
