// PostgreSQL's text has no NUL, and UTF-8 has no half of a surrogate pair (RFC 3629 section 3).
const unstorable = /[\0\p{Surrogate}]/gu;

/**
 * Returns at most `maximum` characters of a text, in a form that PostgreSQL can store as text and as JSON: U+FFFD replaces
 * each NUL and each half of a surrogate pair. The text is cut before that, because a cut can halve a pair.
 */
export const storableText = (text: string, maximum: number): string =>
  text.slice(0, maximum).replace(unstorable, '\uFFFD');
