import { WebhookVerificationError } from './webhook-verification-error.js';

/**
 * Headers of a request: an object with `entries` or `get`, such as Headers or Map; a list of pairs; or a plain object.
 */
export type WebhookHeaders =
  | { entries(): Iterable<readonly [string, unknown]> }
  | { get(name: string): unknown }
  | Iterable<readonly [string, unknown]>
  | Readonly<Record<string, unknown>>;

const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;
export type SignatureHeaders = Record<(typeof names)[number], string>;

/** Returns the three headers of Standard Webhooks. @throws WebhookVerificationError that names a missing one */
export function signatureHeaders(headers: unknown): SignatureHeaders {
  const headerOf = readerOf(headers);
  const found = names.map((name) => {
    const value = read(() => headerOf(name));
    // Servers that keep repeated headers separate provide a list. Signatures are separated by spaces.
    const text = Array.isArray(value) ? value.join(' ') : value;
    if (typeof text === 'string' && text !== '') return [name, text] as const;
    throw new WebhookVerificationError('HEADERS', `The header "${name}" is missing. Pass the headers of the request.`);
  });
  return Object.fromEntries(found) as SignatureHeaders;
}

type Reader = (name: string) => unknown;

/** Returns the result of `from`, and converts any error that a method of an external object throws. */
function read<T>(from: () => T): T {
  try {
    return from();
  } catch (cause) {
    const error = new WebhookVerificationError(
      'HEADERS',
      'The headers cannot be read. Pass the headers of the HTTP request.',
    );
    error.cause = cause;
    throw error;
  }
}

function readerOf(headers: unknown): Reader {
  if (typeof headers !== 'object' || headers === null) {
    throw new WebhookVerificationError('HEADERS', 'The headers must be an object. Pass the headers of the request.');
  }
  if (hasMethod(headers, 'entries') && !Array.isArray(headers)) return read(() => fromPairs(headers.entries()));
  if (hasMethod(headers, Symbol.iterator)) return read(() => fromPairs(headers));
  if (hasMethod(headers, 'get')) return (name) => headers.get(name);
  return read(() => fromPairs(Object.entries(headers)));
}

const hasMethod = <Name extends PropertyKey>(
  object: object,
  name: Name,
): object is Record<Name, (...given: unknown[]) => unknown> =>
  typeof (object as Record<PropertyKey, unknown>)[name] === 'function';

function fromPairs(pairs: unknown): Reader {
  const found = new Map<string, unknown>();
  for (const pair of pairs as Iterable<unknown>) {
    if (Array.isArray(pair) && typeof pair[0] === 'string') found.set(pair[0].toLowerCase(), pair[1]);
  }
  return (name) => found.get(name);
}
