import { decodeProtectedHeader } from 'jose';

/**
 * Returns the explicit type of a token (RFC 8725 section 3.11), such as `at+jwt`. Null for one without a type, or whose type
 * is only that it is a JWT.
 *
 * @throws TypeError for what is not a token
 */
export function kindOf(token: string): string | null {
  const { typ } = decodeProtectedHeader(token);
  const kind = typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : '';
  return kind.endsWith('+jwt') ? kind : null;
}
