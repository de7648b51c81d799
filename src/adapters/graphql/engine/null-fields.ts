import { type GraphQLInputField, type GraphQLSchema, getNamedType, getNullableType, isInputObjectType } from 'graphql';
import { BadInput } from '../../../kernel/errors.js';
import { checkAll } from '../../../kernel/input-errors.js';
import { isObject } from '../../../kernel/json.js';

/**
 * Fields of changes that null clears, by their input type. Null is refused for the other fields of these types, because
 * their values can be replaced and not removed. A list is emptied by an empty list.
 */
export const clearedByNull: Readonly<Record<string, readonly string[]>> = {
  UpdateApiKeyInput: ['expiresAt'],
  UpdateApplicationInput: [
    'backchannelLogoutUri',
    'color',
    'initiateLoginUri',
    'jwks',
    'logo',
    'refreshGraceSeconds',
    'supportContact',
  ],
  UpdateConnectionInput: ['grantableRoles', 'oidc', 'provisioning', 'saml', 'signalsIssuer'],
  UpdateGroupInput: [],
  UpdateOrganizationInput: ['color', 'externalId', 'logo', 'metadata', 'seatLimit', 'supportContact'],
  UpdateUserInput: [
    'attributes',
    'department',
    'displayName',
    'emails',
    'employeeNumber',
    'familyName',
    'givenName',
    'locale',
    'managerId',
    'timezone',
    'title',
  ],
  UpdateWebhookEndpointInput: ['audience'],
  JitPolicyInput: ['dormantAfterDays'],
  OidcInput: [],
  SamlInput: ['nameIdFormat', 'sloUrl', 'subjectAttribute'],
  ScimInput: [],
};

const isChange = (name: string): boolean => /^Update.*Input$/.test(name);

/** Without a time, a change makes no check: null and an absent value have the same meaning. */
const check = 'expectedUpdatedAt';

/**
 * Adds the meaning of null to the descriptions of the inputs of changes, and makes their mutations refuse null where it
 * clears nothing.
 */
export function explainNull(schema: GraphQLSchema): GraphQLSchema {
  for (const [name, cleared] of Object.entries(clearedByNull)) {
    const type = schema.getType(name);
    if (!isInputObjectType(type)) throw new Error(`"${name}" is not an input type of the schema.`);
    for (const field of cleared) describe(type.getFields()[field], `${name}.${field}`);
    const rule = 'null clears a field whose description contains "Null", and is refused in the others.';
    const sentences = isChange(name) ? `Absent fields stay unchanged, ${rule}` : `In a change, ${rule}`;
    type.description = `${type.description} ${sentences}`;
  }
  for (const mutation of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const input = mutation.args.find(({ type }) => isChange(getNamedType(type).name));
    const { resolve } = mutation;
    if (!input || !resolve) continue;
    mutation.resolve = (root, args: Record<string, unknown>, ...more) => {
      checkAll(nullsIn(getNamedType(input.type), args[input.name], ''));
      return resolve(root, args, ...more);
    };
  }
  return schema;
}

function describe(field: GraphQLInputField | undefined, name: string): void {
  if (!field) throw new Error(`"${name}" is not an input field of the schema.`);
  if (!/\bNull\b/.test(field.description ?? ''))
    field.description = [field.description, 'Null clears it.'].filter(Boolean).join(' ');
}

/** Returns a check that fails for each null that clears nothing. */
function nullsIn(type: unknown, value: unknown, path: string): (() => never)[] {
  if (!isInputObjectType(type) || !isObject(value)) return [];
  const cleared = clearedByNull[type.name];
  if (!cleared) return [];
  return Object.entries(type.getFields()).flatMap(([name, field]) => {
    const given = value[name];
    if (given !== null) return nullsIn(getNullableType(field.type), given, `${path}${name}.`);
    return cleared.includes(name) || name === check ? [] : [() => refuse(`${path}${name}`)];
  });
}

function refuse(field: string): never {
  throw new BadInput(`"${field}" cannot be null. Leave it out to keep its value.`);
}
