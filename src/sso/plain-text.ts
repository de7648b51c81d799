// %ED%A0 to %ED%BF would be half a surrogate pair: UTF-8 has no such sequence (RFC 3629 section 3).
const unstorable = /%00|%ED%[AB][\dA-F]/i;

/** Returns true if no part of a request's URL, once decoded, contains a NUL or half a surrogate pair. */
export const isPlainText = (url: string): boolean => !unstorable.test(url);
