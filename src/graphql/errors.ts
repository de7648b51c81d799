import { GraphQLError } from 'graphql';
import { FilterSyntax } from '../attributes/syntax-errors.js';
import { type ErrorCode, PublicError } from '../errors.js';

/** The HTTP status of an answer that fails as a whole. A new ErrorCode does not compile until it has its row here. */
const statuses = {
  NOT_FOUND: 200,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 200,
  BAD_INPUT: 200,
  USER_NAME_TAKEN: 200,
  EXTERNAL_ID_TAKEN: 200,
  DOMAIN_TAKEN: 200,
  MEMBERSHIP_CYCLE: 200,
  UNKNOWN_MEMBER: 200,
  ADOPTION_REFUSED: 200,
  ADOPTION_CONFLICT: 200,
  SEAT_LIMIT_REACHED: 200,
  ACCOUNT_PROTECTED: 200,
  SIGN_IN_DENIED: 200,
  CURSOR_INVALID: 200,
  CURSOR_EXPIRED: 200,
  UNAVAILABLE: 503,
} as const satisfies Record<ErrorCode, number>;

/** The error with its code in `extensions`, as every transport answers it. */
export function publicError(error: PublicError): GraphQLError {
  const status = statuses[error.code];
  const http = status === 200 ? {} : { http: { status } };
  return new GraphQLError(error.message, { extensions: { code: error.code, ...error.details, ...http } });
}

/**
 * What a caller may see of an error that a resolver threw. Our own mistakes are handed to `report` and answered with
 * nothing but a code.
 */
export function shownError(error: GraphQLError, report: (error: unknown) => void): GraphQLError {
  const { originalError, nodes, path } = error;
  // Errors without a cause are GraphQL's own: syntax, validation, a variable of the wrong type.
  if (!originalError || originalError instanceof GraphQLError) return error;
  if (originalError instanceof PublicError) {
    return new GraphQLError(originalError.message, { nodes, path, extensions: publicError(originalError).extensions });
  }
  if (originalError instanceof FilterSyntax) {
    return new GraphQLError(originalError.message, { nodes, path, extensions: { code: 'BAD_INPUT' } });
  }
  report(originalError);
  return new GraphQLError('The server made a mistake.', { nodes, path, extensions: { code: 'INTERNAL' } });
}
