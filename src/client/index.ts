/** Types of the documents in schema/operations, generated from the schema. */
export type * from './generated.js';

/** Where the server is, and the key that opens it. */
export interface ClientOptions {
  url: string;
  key: string;
  /** For tests and for runtimes with a fetch of their own. */
  fetch?: typeof globalThis.fetch;
}

/** The server refused the request; `code` is the one of the first error, such as NOT_FOUND. */
export class RollcallError extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly errors: readonly { message: string; extensions?: Record<string, unknown> }[],
  ) {
    super(message);
  }
}

/** A client of the GraphQL API for Node and browsers, without dependencies. */
export class Client {
  constructor(readonly options: ClientOptions) {}

  /**
   * Sends one document. The type parameters are those of the generated documents.
   *
   * @throws RollcallError for an answer with errors; what `fetch` throws when there is no answer
   */
  async request<Result, Variables extends Record<string, unknown>>(
    query: string,
    variables?: Variables,
  ): Promise<Result> {
    const { url, key, fetch = globalThis.fetch } = this.options;
    const answer = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await answer.json()) as { data?: Result; errors?: RollcallError['errors'] };
    if (data && !errors) return data;
    const [first] = errors ?? [];
    throw new RollcallError(
      first?.message ?? `Status ${answer.status}`,
      String(first?.extensions?.code ?? 'INTERNAL'),
      errors ?? [],
    );
  }
}
