/** Address of the server, and the credential. */
export interface ClientOptions {
  url: string;
  /**
   * API key, or a function that returns a valid access token. The function is called for each request and each
   * connection, so that a subscription continues with a new token when the previous one expires. Its errors are passed
   * to the caller.
   */
  key: string | (() => string | Promise<string>);
  /** Fetch function, for tests and for runtimes with a separate implementation. */
  fetch?: typeof globalThis.fetch;
  /** WebSocket class for runtimes without one, such as Node 20: the class of the package `ws`. */
  webSocket?: unknown;
}
