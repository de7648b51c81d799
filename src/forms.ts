import type { FastifyInstance } from 'fastify';

/** Lets a room of routes read forms: as what they are, with every value of a name. */
export function readForms(server: FastifyInstance, bodyLimit: number): void {
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit },
    async (_: unknown, text: string) => new URLSearchParams(text),
  );
}
