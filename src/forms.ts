import type { FastifyInstance } from 'fastify';

// %ED%A0 to %ED%BF would be half a surrogate pair: UTF-8 has no such sequence (RFC 3629 section 3).
const unstorable = /%00|%ED%[AB][\dA-F]|\0/i;

/** Returns true if no part of a URL or form, once decoded, contains a NUL or half a surrogate pair. */
export const isPlainText = (encoded: string): boolean => !unstorable.test(encoded);

/** A form that contains a value which is not text. Fastify answers with the status. */
export class UnreadableForm extends Error {
  readonly statusCode = 400;
  constructor() {
    super('A field contains a NUL or half a surrogate pair, which is not text.');
  }
}

/** Lets a scope of routes read forms as what they are, with every value of a name. Values that are not text are a 400. */
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
