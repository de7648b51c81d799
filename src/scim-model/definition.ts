/** Characteristics of an attribute (RFC 7643 sections 2.2 and 7). Absent ones have the RFC's defaults. */
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

/** Schema: a URN and its attributes. */
export interface Schema {
  id: string;
  name: string;
  description: string;
  attributes: readonly Attribute[];
}

/** Type of a resource: its core schema and the extensions that the server knows. */
export interface ResourceType {
  name: string;
  endpoint: string;
  description: string;
  core: Schema;
  extensions: readonly Schema[];
  /** URNs that a connection declares only for other resource types. */
  foreign?: readonly string[];
}

/** Attributes that each resource has in addition to those of its schema (RFC 7643 section 3.1). */
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

/** Returns the attribute with this name, case-insensitively (RFC 7643 section 2.1). */
export function attributeIn(attributes: readonly Attribute[], name: string): Attribute | undefined {
  return attributes.find((attribute) => sameName(attribute.name, name));
}

/** Returns the extension with this URN, case-insensitively. */
export function extensionIn(type: ResourceType, urn: string): Schema | undefined {
  return type.extensions.find(({ id }) => sameName(id, urn));
}

/** Returns the top-level attributes of the resource, including the common ones. */
export const topLevel = (type: ResourceType): readonly Attribute[] => allOf.get(type) ?? remember(type);
const allOf = new WeakMap<ResourceType, readonly Attribute[]>();
function remember(type: ResourceType): readonly Attribute[] {
  const all = [...commonAttributes, ...type.core.attributes];
  allOf.set(type, all);
  return all;
}
