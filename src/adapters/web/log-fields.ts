import type { FastifyReply, FastifyRequest } from 'fastify';
import { type IdPrefix, prefixOf } from '../../kernel/ids.js';

/** Ids that are secrets: they are sufficient to continue a user's sign-in, or to open a setup page. */
const secretIds: readonly (IdPrefix | null)[] = ['trip', 'setup'];
/** Maximum depth of logged causes. */
const maximumCauses = 5;
const maximumMessage = 1_000;

/** Logged fields of a request. Bodies, headers and query strings contain personal data and secrets. */
interface RequestFields {
  method: string;
  path?: string | undefined;
}

/**
 * Returns the logged fields of a request: the method and the path of its route. Of the parameters, only Rollcall's ids
 * are logged. Other parts of a path are input of the caller, and can contain a secret by mistake. An unknown path is
 * not logged, because it can be a mistyped secret link.
 */
export function requestFields(request: FastifyRequest | RequestFields): RequestFields {
  if (!('routeOptions' in request)) return request;
  const { method, params, routeOptions, is404 } = request;
  return is404 ? { method } : { method, path: filledIn(routeOptions.url ?? '', Object(params)) };
}

function filledIn(pattern: string, params: Record<string, unknown>): string {
  return pattern.replace(/:(\w+)/g, (placeholder, name: string) => {
    const value = String(params[name]);
    const prefix = prefixOf(value);
    return prefix === null || secretIds.includes(prefix) ? placeholder : value;
  });
}

/** Returns the logged fields of a response. */
export const replyFields = ({ statusCode }: FastifyReply) => ({ statusCode });

/** Logged fields of an error. */
interface ErrorFields {
  type: string;
  message: string;
  code?: string;
  stack?: string;
  cause?: unknown;
  errors?: unknown[];
}

/**
 * Returns the logged fields of an error: its type, code, message, stack and causes. Other properties are omitted,
 * because in them libraries store input of the caller: the packet that is not HTTP, the parameters of a statement, the
 * row that violates a constraint.
 */
export function errorFields(error: unknown, depth = 0): ErrorFields {
  if (!(error instanceof Error)) return { type: typeof error, message: 'The thrown value is not an Error.' };
  const { stack, cause } = error;
  const inner = depth < maximumCauses && cause instanceof Error ? { cause: errorFields(cause, depth + 1) } : {};
  const several = depth < maximumCauses && error instanceof AggregateError && error.errors.slice(0, 10);
  return {
    type: error.constructor.name,
    message: messageOf(error),
    ...('code' in error && { code: String(error.code).slice(0, 50) }),
    ...(stack && { stack: framesOf(stack) }),
    ...inner,
    ...(several && { errors: several.map((one) => errorFields(one, depth + 1)) }),
  };
}

// PostgreSQL repeats the value in data exceptions (SQLSTATE class 22), and JSON parsers repeat the text around the
// error.
function messageOf(error: Error): string {
  const quotes =
    ('severity' in error && 'code' in error && /^22/.test(String(error.code))) || error instanceof SyntaxError;
  const message = quotes ? error.message.replace(/["'].*["']/s, '"..."') : error.message;
  return message.slice(0, maximumMessage);
}

/** Returns the stack without the message at its start. */
function framesOf(stack: string): string {
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  return frames.join('\n');
}
