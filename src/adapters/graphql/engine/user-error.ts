import { Field, ObjectType } from 'type-graphql';
import type { PublicError } from '../../../kernel/errors.js';
import { enumType } from '../../../kernel/node.js';
import { errorCodes, type GraphQLCode } from './error-codes.js';
import { pathOf } from './field-path.js';

const codeTexts = Object.fromEntries(
  Object.entries(errorCodes).map(([code, { description }]) => [code, description]),
) as Record<GraphQLCode, string>;

export const errorCodeNames = enumType(
  'ErrorCode',
  'Value of `extensions.code` of an error, except the codes of denied sign-ins. New versions add values.',
  codeTexts,
);

@ObjectType('UserError', { simpleResolvers: true, description: 'An error of one part of a request.' })
export class UserError {
  @Field(() => errorCodeNames, { description: 'Use it, not `message`, to distinguish errors (docs/errors.md).' })
  code: GraphQLCode;
  @Field(() => String, { description: 'Text for a developer or operator. Its wording can change.' })
  message: string;
  @Field(() => [String], {
    nullable: true,
    description: 'Path of the invalid input field, such as `["emails", "0", "value"]`. Null if there is none.',
  })
  field: string[] | null;
}

/** Returns the error as a part of a result. */
export const userErrorOf = ({ code, message, field }: PublicError): UserError => ({
  code,
  message,
  field: field === null ? null : pathOf(field),
});
