import { GraphQLError } from 'graphql';
import { PublicError } from '../../../kernel/errors.js';
import { InputErrors } from '../../../kernel/input-errors.js';
import { FilterSyntax } from '../../../scim-model/syntax-errors.js';
import { errorCodes, type GraphQLCode } from './error-codes.js';
import { pathOf } from './field-path.js';

/** Returns the GraphQL error of a public error, with its code in `extensions`, for all transports. */
export function publicError(error: PublicError, requestId?: string): GraphQLError {
  const { status } = errorCodes[error.code];
  const field = error.field === null ? {} : { field: error.field };
  const errors = inputErrorsOf(error);
  const extensions = {
    code: error.code,
    ...field,
    ...(errors.length > 0 && { errors }),
    ...error.details,
    ...(requestId && { requestId }),
  };
  return new GraphQLError(error.message, {
    extensions: { ...extensions, ...(status !== 200 && { http: { status } }) },
  });
}

/** Returns each invalid input field of the error, for `extensions.errors`. */
const inputErrorsOf = (error: PublicError) =>
  (error instanceof InputErrors ? error.errors : [error]).flatMap((each) => {
    const { code, message, field } = each;
    return field === null ? [] : [{ code, field: pathOf(field), message }];
  });

/** Returns a protocol error. */
export const protocolError = (
  code: GraphQLCode,
  message: string,
  details: Record<string, unknown> = {},
): GraphQLError =>
  new GraphQLError(message, { extensions: { code, ...details, http: { status: errorCodes[code].status } } });

/** Request in which an error occurred. */
export interface Place {
  requestId: string;
  /** Receives internal errors. */
  report: (error: unknown) => void;
}

/**
 * Returns the error as the caller can see it. Internal errors are passed to `report`; the caller receives only a code.
 */
export function shownError(error: GraphQLError, { requestId, report }: Place): GraphQLError {
  const { originalError, nodes, path, source, positions } = error;
  const at = { nodes, path, source, positions };
  const show = (message: string, extensions: Record<string, unknown>) =>
    new GraphQLError(message, { ...at, extensions: { ...extensions, requestId } });
  if (originalError instanceof PublicError) {
    return show(originalError.message, publicError(originalError).extensions);
  }
  if (originalError instanceof FilterSyntax) {
    return show(originalError.message, { code: 'BAD_INPUT', field: 'filter.scim' });
  }
  // Errors without a cause are those of the GraphQL library: syntax, validation, a variable of the wrong type.
  if (!originalError || originalError instanceof GraphQLError || typeof error.extensions.code === 'string') {
    return show(error.message, { ...faultOfSyntax(error), ...error.extensions, ...unified(error) });
  }
  report(originalError);
  return show('Internal error.', { code: 'INTERNAL' });
}

/** Returns Rollcall's code for an invalid variable, for which the library has a different code. */
function unified({ extensions }: GraphQLError): { code?: GraphQLCode } {
  return extensions.code === 'BAD_USER_INPUT' ? { code: 'BAD_INPUT' } : {};
}

/** Returns the code of a syntax error. It is derived from the message, because parse errors have no code. */
function faultOfSyntax({ message }: GraphQLError): { code?: GraphQLCode } {
  if (/^(Syntax Error: )?Document contains more (than|that) \d+ tokens/.test(message))
    return { code: 'LIMIT_EXCEEDED' };
  return message.startsWith('Syntax Error') ? { code: 'GRAPHQL_PARSE_FAILED' } : {};
}
