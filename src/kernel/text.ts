// PostgreSQL's text type allows no NUL, and UTF-8 no half of a surrogate pair (RFC 3629 section 3).
const unstorable = /[\0\p{Surrogate}]/gu;

/** Returns true if PostgreSQL can store a text unchanged: without NUL and without half of a surrogate pair. */
export const isText = (text: string): boolean => !text.includes('\0') && !/\p{Surrogate}/u.test(text);

/**
 * Returns at most `maximum` characters of a text, in a form that PostgreSQL can store as text and as JSON: U+FFFD
 * replaces each NUL and each half of a surrogate pair. The text is truncated first, because truncation can split a
 * pair.
 */
export const storableText = (text: string, maximum: number): string =>
  text.slice(0, maximum).replace(unstorable, '\uFFFD');

const secretNames =
  'client_secret|code|code_verifier|refresh_token|access_token|id_token|assertion|client_assertion|password';
const inForm = new RegExp(`\\b(${secretNames})=[^&\\s"']+`, 'gi');
const inJson = new RegExp(`"(${secretNames})"(\\s*:\\s*)"[^"]*"`, 'gi');

/**
 * Returns an external text without secrets: values of secret parameters, and all occurrences of the `known` values, are
 * removed.
 */
export function withoutSecrets(text: string, known: readonly (string | null)[] = []): string {
  const values = known.flatMap((value) => (value ? [value, encodeURIComponent(value)] : []));
  const rest = values.reduce((shown, value) => shown.replaceAll(value, '***'), text);
  return rest.replace(inForm, '$1=***').replace(inJson, '"$1"$2"***"');
}
