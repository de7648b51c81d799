import { z } from 'zod';
import { BadInput } from '../../../kernel/errors.js';
import type { Json } from '../../../kernel/json.js';
import type { Attribute, ResourceType, Schema } from '../../../scim-model/definition.js';
import { groupType } from '../../../scim-model/group-schema.js';
import { userType } from '../../../scim-model/user-schema.js';

/** A schema that a connection declares for its own extension, with the resource type that it extends. */
export interface DeclaredSchema {
  resourceType: 'User' | 'Group';
  schema: Schema;
}

const characteristics = {
  // RFC 7643 section 2.1.
  name: z.string().regex(/^[A-Za-z][\w-]{0,99}$/, 'must be letters, digits, "-" and "_", and start with a letter'),
  description: z.string().max(1_000).default(''),
  multiValued: z.boolean().optional(),
  required: z.literal(false, 'must be false: the IdP can send users without the extension').optional(),
  caseExact: z.boolean().optional(),
  mutability: z.literal('readWrite', 'must be readWrite').optional(),
  returned: z.literal('default', 'must be default').optional(),
  uniqueness: z.literal('none', 'must be none').optional(),
  canonicalValues: z.array(z.string()).max(200).optional(),
  referenceTypes: z.array(z.string()).max(20).optional(),
};
const simple = ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'binary', 'reference'] as const;
const subAttribute = z.object({ ...characteristics, type: z.enum(simple).default('string') });
const attribute = z.object({
  ...characteristics,
  type: z.enum([...simple, 'complex']).default('string'),
  subAttributes: z.array(subAttribute).min(1).max(100).optional(),
});
const declaration = z.object({
  id: z.string().regex(/^urn:[\w.:-]{3,250}$/i, 'must be a URN, such as urn:example:params:scim:schemas:2.0:User'),
  name: z.string().min(1).max(200).optional(),
  description: z.string().max(1_000).default(''),
  resourceType: z.enum(['User', 'Group']).default('User'),
  attributes: z.array(attribute).min(1).max(200),
});

const taken = new Set(
  [userType, groupType].flatMap(({ core, extensions }) => [core, ...extensions]).map(({ id }) => id.toLowerCase()),
);

/** Returns what is wrong, as the end of a sentence that begins with the place. The types that Zod names are not ours. */
function faultOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code !== 'invalid_type') return `is not valid: ${issue?.message}`;
  const isMissing = issue.message.endsWith('undefined');
  return isMissing ? 'is required' : `must be ${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`;
}

/**
 * Checks declarations in the form of RFC 7643 section 7. `resourceType` is the type that the schema extends (default:
 * User).
 *
 * @throws BadInput that names the position and the error
 */
export function checkedExtensions(declared: readonly unknown[]): Json[] {
  const checked = declared.map((item, n) => {
    const result = declaration.safeParse(item);
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    const place = [n, ...(issue?.path ?? [])].reduce<string>(
      (path, key) => (typeof key === 'number' ? `${path}[${key}]` : `${path}.${String(key)}`),
      'scimExtensions',
    );
    throw new BadInput(`"${place}" ${faultOf(issue)}.`, place);
  });
  const urns = checked.map(({ id }) => id.toLowerCase());
  const twice = urns.find((urn, n) => taken.has(urn) || urns.indexOf(urn) !== n);
  if (twice)
    throw new BadInput(`"scimExtensions" must not declare "${twice}" again: the attribute or schema already exists.`);
  const empty = checked.flatMap(({ attributes }) => attributes).find((a) => a.type === 'complex' && !a.subAttributes);
  if (empty) throw new BadInput(`"scimExtensions": the complex attribute "${empty.name}" needs "subAttributes".`);
  return checked;
}

type Stored = z.infer<typeof declaration>;

/**
 * Returns true if values are case-exact. Binary values are, and so are references unless the declaration differs (RFC
 * 7643 sections 2.3.6 and 2.3.7).
 */
const isExact = ({ type, caseExact }: Stored['attributes'][number]): boolean =>
  type === 'binary' || (caseExact ?? type === 'reference');

// Schema definitions omit characteristics that have the default of the RFC.
const definition = (declared: Stored['attributes'][number]): Attribute => {
  const { multiValued, caseExact: _c, ...rest } = declared;
  const { required: _r, mutability: _m, returned: _t, uniqueness: _u, subAttributes, ...kept } = rest;
  const below = subAttributes?.map((sub) => definition({ ...sub, subAttributes: undefined }));
  return {
    ...kept,
    ...(multiValued && { multiValued }),
    ...(isExact(declared) && { caseExact: true }),
    ...(below && { subAttributes: below }),
  };
};

function schemaOf({ id, name, description, attributes }: Stored): Schema {
  return { id, name: name ?? id.slice(id.lastIndexOf(':') + 1), description, attributes: attributes.map(definition) };
}

/** The resource types of a connection: the core types with the connection's extensions. */
export interface ResourceTypes {
  user: ResourceType;
  group: ResourceType;
}

const none: ResourceTypes = { user: userType, group: groupType };
const known = new WeakMap<readonly Json[], ResourceTypes>();

/** Returns the resource types with the declared extensions. The result is cached for each list. */
export function resourceTypesOf(declared: readonly Json[]): ResourceTypes {
  if (declared.length === 0) return none;
  const made = known.get(declared) ?? extended(declared as readonly Stored[]);
  known.set(declared, made);
  return made;
}

function extended(declared: readonly Stored[]): ResourceTypes {
  const of = (type: ResourceType): ResourceType => ({
    ...type,
    extensions: [
      ...type.extensions,
      ...declared.filter(({ resourceType }) => resourceType === type.name).map(schemaOf),
    ],
    foreign: declared.filter(({ resourceType }) => resourceType !== type.name).map(({ id }) => id),
  });
  return { user: of(userType), group: of(groupType) };
}
