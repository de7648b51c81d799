import { isObject } from '../../kernel/json.js';

const secret = /^(password|passwd|secret|client_?secret|(access|refresh|id)_?token|client_?assertion|authorization)$/i;
const secretPath = /(^|[:.])password$/i;
const mask = '***';

/**
 * Returns the value with passwords and secrets masked: by the name of a property, and in the value of a PATCH
 * operation.
 */
export function redact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redact);
  if (!isObject(value)) return value;
  const path = Object.entries(value).find(([key]) => key.toLowerCase() === 'path')?.[1];
  const isSecretChange = typeof path === 'string' && secretPath.test(path);
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => {
    const hidden = secret.test(key) || (isSecretChange && key.toLowerCase() === 'value');
    return [key, hidden && inner !== undefined ? mask : redact(inner)];
  });
  return Object.fromEntries(entries);
}

/** Returns the path and query of a URL with masked passwords in filters and masked tokens. */
export function redactUrl(url: string): string {
  return url.replace(/((?:password|token|secret)[^&]{0,20}?(?:=|%20|\+| ))[^&]*/gi, `$1${mask}`);
}
