import type { RollcallEvent } from './event.js';
import { type EventOptions, follow } from './follow.js';
import { CheckCursorDocument, type TypedDocumentString } from './generated.js';
import { RollcallError } from './rollcall-error.js';

export { RollcallError } from './rollcall-error.js';

/** A generated document, or any text. */
export type Document<Result, Variables> = TypedDocumentString<Result, Variables> | string;

/** Where the server is, and the key that opens it. */
export interface ClientOptions {
  url: string;
  /**
   * An API key, or a function that returns a valid access token. It is called for each request and each connection, so that
   * a subscription continues with a new token when the previous one expires. What it throws is thrown to the caller.
   */
  key: string | (() => string | Promise<string>);
  /** For tests and for runtimes with a fetch of their own. */
  fetch?: typeof globalThis.fetch;
  /** The WebSocket of a runtime that has none of its own, such as Node 20: the one of the package `ws`. */
  webSocket?: unknown;
}

/** A client of the GraphQL API for Node and browsers. */
export class Client {
  /** @throws TypeError that names the option */
  constructor(readonly options: ClientOptions) {
    const { url, key } = options as Partial<ClientOptions>;
    if (typeof url !== 'string' || url === '')
      throw new TypeError(
        'The option "url" must be the address of the server, such as "https://directory.example.com".',
      );
    if ((typeof key !== 'string' || key === '') && typeof key !== 'function')
      throw new TypeError(
        `The option "key" must be an API key, or a function that returns one: it is ${key === '' ? 'empty' : typeof key}. Check the environment variable that it comes from.`,
      );
  }

  /** Returns the credential for the next request. */
  async key(): Promise<string> {
    const { key } = this.options;
    return typeof key === 'string' ? key : key();
  }

  /**
   * Sends one document. A generated one knows the types of its result and its variables.
   *
   * @throws RollcallError for an answer with errors; what `fetch` throws when there is no answer
   */
  async request<Result, Variables>(document: Document<Result, Variables>, variables?: Variables): Promise<Result> {
    const { url, fetch = globalThis.fetch } = this.options;
    const key = await this.key();
    const answer = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query: String(document), variables }),
    });
    const { data, errors } = (await answer.json()) as { data?: Result; errors?: RollcallError['errors'] };
    if (data && !errors) return data;
    throw RollcallError.of(errors ?? [], `Status ${answer.status}`);
  }

  /**
   * Returns if the server still has the event of the cursor, so that everything before it is what its holder has seen. For a
   * consumer whose cursor the server keeps, when the epoch has changed: a restore puts that cursor back with the log.
   *
   * @throws RollcallError CURSOR_EXPIRED when the database was restored without that event: load the snapshot
   */
  async checkCursor(cursor: string, { organizationId }: { organizationId?: string } = {}): Promise<void> {
    await this.request(CheckCursorDocument, { organizationId, after: cursor });
  }

  /**
   * The events after `after`, or from now on, in order and for ever: a connection that is lost, a server that restarts and a
   * consumer that is slow for a while are mended by resuming behind the last event. Ends when `signal` aborts.
   *
   * @throws RollcallError for what trying again does not mend, such as CURSOR_EXPIRED; CursorGap, which would be our mistake
   */
  events(options: EventOptions = {}): AsyncGenerator<RollcallEvent, void> {
    return follow(this, options);
  }
}
