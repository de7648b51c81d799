import type { FastifyReply, FastifyRequest } from 'fastify';
import { type IdPrefix, prefixOf } from '../ids.js';

/** Ids that are secrets: they are enough to continue a user's sign-in, or to open a setup page. */
const secretIds: readonly (IdPrefix | null)[] = ['trip', 'setup'];
/** How deep causes are followed. */
const maximumCauses = 5;
const maximumMessage = 1_000;

/** The part of a request that is logged. Bodies, headers and query strings hold personal data and secrets. */
interface RequestFields {
  method: string;
  path?: string | undefined;
}

/**
 * A request for the log: the method and the path of its route. Of the parameters only ids of this product are shown. What
 * else stands in a path is a caller's text, and can be a secret in the wrong place. An unknown path is not logged at all: it
 * can be a mistyped secret link.
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

/** An answer for the log. */
export const replyFields = ({ statusCode }: FastifyReply) => ({ statusCode });

/** The part of an error that is logged. */
interface ErrorFields {
  type: string;
  message: string;
  code?: string;
  stack?: string;
  cause?: unknown;
  errors?: unknown[];
}

/**
 * An error for the log: its type, code, message, stack and causes. Other properties are left out, because libraries keep there
 * what the caller sent: the packet that is not HTTP, the parameters of a statement, the row that breaks a constraint.
 */
export function errorFields(error: unknown, depth = 0): ErrorFields {
  if (!(error instanceof Error)) return { type: typeof error, message: 'Something that is not an error was thrown.' };
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

// PostgreSQL repeats the value in data exceptions (SQLSTATE class 22), and parsers of JSON repeat the text around the mistake.
function messageOf(error: Error): string {
  const quotes =
    ('severity' in error && 'code' in error && /^22/.test(String(error.code))) || error instanceof SyntaxError;
  const message = quotes ? error.message.replace(/["'].*["']/s, '"..."') : error.message;
  return message.slice(0, maximumMessage);
}

/** The stack without the message, with which it begins. */
function framesOf(stack: string): string {
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  return frames.join('\n');
}
