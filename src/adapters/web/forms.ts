import type { FastifyInstance } from 'fastify';

// %ED%A0 to %ED%BF would be half of a surrogate pair, which UTF-8 does not allow (RFC 3629 section 3).
const unstorable = /%00|%ED%[AB][\dA-F]|\0/i;

/** Returns true if no part of a URL or form, once decoded, contains a NUL or half of a surrogate pair. */
export const isPlainText = (encoded: string): boolean => !unstorable.test(encoded);

/** A form contains a value that is not text. Fastify answers with the status. */
export class UnreadableForm extends Error {
  readonly statusCode = 400;
  constructor() {
    super('A field contains a NUL or half a surrogate pair, which is not text.');
  }
}

/**
 * Adds a parser for forms to a scope of routes. It keeps all values of a name. Values that are not text are rejected
 * with 400.
 */
export function readForms(server: FastifyInstance, bodyLimit: number): void {
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit },
    async (_: unknown, text: string) => {
      if (!isPlainText(text)) throw new UnreadableForm();
      return new URLSearchParams(text);
    },
  );
}
