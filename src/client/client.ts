import type { ClientOptions } from './client-options.js';
import type { RollcallEvent } from './event.js';
import { type EventOptions, follow } from './follow.js';
import { CheckCursorDocument, EventCursorDocument, type TypedDocumentString } from './generated.js';
import { RollcallError } from './rollcall-error.js';

export { RollcallError } from './rollcall-error.js';

/** GraphQL document: a generated one, or any text. */
export type Document<Result, Variables> = TypedDocumentString<Result, Variables> | string;

/** Client of the GraphQL API for Node and browsers. */
export class Client {
  /** Creates a client. @throws TypeError that names the invalid option */
  constructor(readonly options: ClientOptions) {
    const { url, key } = options as Partial<ClientOptions>;
    if (typeof url !== 'string' || url === '')
      throw new TypeError(
        'The option "url" must be the address of the server, such as "https://directory.example.com".',
      );
    if ((typeof key !== 'string' || key === '') && typeof key !== 'function')
      throw new TypeError(
        `The option "key" must be an API key, or a function that returns one, not ${key === '' ? 'an empty string' : typeof key}. Check the environment variable that contains it.`,
      );
  }

  /** Returns the credential for the next request. */
  async key(): Promise<string> {
    const { key } = this.options;
    return typeof key === 'string' ? key : key();
  }

  /**
   * Sends one document. A generated document determines the types of its result and its variables.
   *
   * @throws RollcallError for a response with errors; the error of `fetch` if the server sent no response
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
   * Returns the cursor of the current end of the log: of one organization, or of all for a platform key.
   *
   * @throws RollcallError for a response with errors; the error of `fetch` if the server sent no response
   */
  async eventCursor({ organizationId }: { organizationId?: string } = {}): Promise<string> {
    return (await this.request(EventCursorDocument, { organizationId })).eventCursor;
  }

  /**
   * Checks that the log still contains the event of the cursor, so that the consumer has seen all events before it. Use
   * it after a change of the epoch if the server stores the cursor: a restore resets that cursor together with the log.
   *
   * @throws RollcallError CURSOR_EXPIRED if the database was restored without that event: load the snapshot
   */
  async checkCursor(cursor: string, { organizationId }: { organizationId?: string } = {}): Promise<void> {
    await this.request(CheckCursorDocument, { organizationId, after: cursor });
  }

  /**
   * Yields the events after `after` (default: new events only), in order and indefinitely. After a lost connection, a
   * restart of the server, or a period in which the consumer was too slow, it resumes after the last event. Ends when
   * `signal` aborts.
   *
   * @throws RollcallError for errors that a retry cannot fix, such as CURSOR_EXPIRED; CursorGap for an internal error
   */
  events(options: EventOptions = {}): AsyncGenerator<RollcallEvent, void> {
    return follow(this, options);
  }
}
