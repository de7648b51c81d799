import { decodeProtectedHeader } from 'jose';

/**
 * Returns the explicit type of a token (RFC 8725 section 3.11), such as `at+jwt`; null if it has no type, or a type
 * that only means JWT.
 *
 * @throws TypeError for a malformed token
 */
export function kindOf(token: string): string | null {
  const { typ } = decodeProtectedHeader(token);
  const kind = typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : '';
  return kind.endsWith('+jwt') ? kind : null;
}
