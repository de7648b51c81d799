import { type GraphQLScalarType, GraphQLString } from 'graphql';
import { Field, Float, ID, Int } from 'type-graphql';
import { connectionStates } from '../../../directory/connections/connection.js';
import { type DenialCode, denials } from '../../../directory/sign-in/denials.js';
import { reasonsOf } from '../../../directory/sign-in/reasons.js';
import { deprovisionReasons, origins, userStatuses } from '../../../directory/users/user.js';
import type { Structure } from '../../../events/payloads/field.js';
import type { TypedField } from '../../../events/typed-fields.js';
import { CursorScalar, enumType, JsonScalar } from '../../../kernel/node.js';

const attentionKinds = enumType('ConnectionAttentionKind', 'Cause of a CONNECTION_ATTENTION event.', {
  HELD: 'A protected account was not changed.',
  DORMANT: 'Users will be deprovisioned in a week if they do not sign in.',
  TOKEN_EXPIRING: 'A SCIM token expires.',
  CERTIFICATE_EXPIRING: 'A certificate of the IdP expires.',
  SILENT: 'The IdP has sent no SCIM request for three times the usual interval.',
  FAILING: 'The latest ten SCIM requests failed.',
});

const codes = Object.keys(denials) as DenialCode[];
export const denialCodes = enumType(
  'SignInDenialCode',
  'Code of a denied sign-in. docs/errors.md shows what to do.',
  Object.fromEntries(codes.map((code) => [code, reasonsOf(code).application.description])) as Record<
    DenialCode,
    string
  >,
);

/** GraphQL enums by the names that the definitions of events use. */
export const payloadEnums: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ConnectionAttentionKind: attentionKinds,
  ConnectionState: connectionStates,
  DeprovisionReason: deprovisionReasons,
  Origin: origins,
  SignInDenialCode: denialCodes,
  UserStatus: userStatuses,
};

type OneType = GraphQLScalarType | object | DateConstructor | BooleanConstructor;

const scalars = {
  string: GraphQLString,
  id: ID,
  number: Int,
  milliseconds: Float,
  boolean: Boolean,
  true: Boolean,
  time: Date,
  cursor: CursorScalar,
  json: JsonScalar,
} as const;

/** @throws Error at startup if GraphQL has no type for the structure, so that the field must be `dataOnly` */
function typeOf(type: Structure): OneType | [OneType] {
  if (type.kind === 'list') return [typeOf(type.of)];
  if (type.kind === 'nullable') return typeOf(type.of);
  if (type.kind === 'one of') return payloadEnums[type.enumName ?? ''] ?? GraphQLString;
  if (type.kind === 'object' || type.kind === 'either')
    throw new Error(`GraphQL has no type for a payload field of the kind "${type.kind}".`);
  return scalars[type.kind];
}

/** Declares a GraphQL field of a class for each field of a payload. */
export function declareFields(target: abstract new () => object, fields: readonly TypedField[]): void {
  for (const { name, type, isNullable: nullable, description } of fields)
    Field(() => typeOf(type) as typeof GraphQLString, { nullable, description })(target.prototype, name);
}
