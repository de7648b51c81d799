import { GraphQLError } from 'graphql';
import { FilterSyntax } from '../attributes/syntax-errors.js';
import { PublicError } from '../errors.js';
import { errorCodes, type GraphQLCode } from './error-codes.js';

/** The error with its code in `extensions`, as every transport answers it. */
export function publicError(error: PublicError, requestId?: string): GraphQLError {
  const { status } = errorCodes[error.code];
  const field = error.field === null ? {} : { field: error.field };
  const extensions = { code: error.code, ...field, ...error.details, ...(requestId && { requestId }) };
  return new GraphQLError(error.message, {
    extensions: { ...extensions, ...(status !== 200 && { http: { status } }) },
  });
}

/** An error of the protocol. */
export const protocolError = (
  code: GraphQLCode,
  message: string,
  details: Record<string, unknown> = {},
): GraphQLError =>
  new GraphQLError(message, { extensions: { code, ...details, http: { status: errorCodes[code].status } } });

/** Where an error was met. */
export interface Place {
  requestId: string;
  /** Told what is our own mistake. */
  report: (error: unknown) => void;
}

/** What a caller may see of an error. Our own mistakes are handed to `report` and answered with nothing but a code. */
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
  // Errors without a cause are GraphQL's own: syntax, validation, a variable of the wrong type.
  if (!originalError || originalError instanceof GraphQLError || typeof error.extensions.code === 'string') {
    return show(error.message, { ...faultOfSyntax(error), ...error.extensions, ...unified(error) });
  }
  report(originalError);
  return show('The server made a mistake.', { code: 'INTERNAL' });
}

/** The library has a name of its own for a wrong variable. */
function unified({ extensions }: GraphQLError): { code?: GraphQLCode } {
  return extensions.code === 'BAD_USER_INPUT' ? { code: 'BAD_INPUT' } : {};
}

/** Parsing has no structure to tell these two by: both are errors of syntax without a code. */
function faultOfSyntax({ message }: GraphQLError): { code?: GraphQLCode } {
  if (/^(Syntax Error: )?Document contains more (than|that) \d+ tokens/.test(message))
    return { code: 'LIMIT_EXCEEDED' };
  return message.startsWith('Syntax Error') ? { code: 'GRAPHQL_PARSE_FAILED' } : {};
}
