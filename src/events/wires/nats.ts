import { type ConnectionOptions, connect, type NatsConnection } from '@nats-io/transport-node';
import type { Failures } from '../../kernel/failures.js';
import type { OpenWire, Wire } from '../bus.js';

const subject = 'rollcall.hints';

/**
 * Sends hints through NATS, if the operator configures it; PostgreSQL then has no notifications to distribute. The
 * server starts without waiting for NATS, and the library reconnects indefinitely.
 */
export const natsWire =
  (url: string, failures: Failures): OpenWire =>
  async (receive) =>
    new NatsWire(connect(optionsOf(new URL(url))), { receive, failures });

function optionsOf({ username, password, protocol, host }: URL): ConnectionOptions {
  const user = decodeURIComponent(username);
  const credentials = password ? { user, pass: decodeURIComponent(password) } : { token: user };
  return {
    servers: host,
    ...(user && credentials),
    ...(protocol === 'tls:' && { tls: {} }),
    name: 'rollcall',
    noEcho: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 500,
    waitOnFirstConnect: true,
    pingInterval: 10_000,
    ignoreAuthErrorAbort: true,
  };
}

class NatsWire implements Wire {
  readonly name = 'NATS';
  isUp = false;
  #connection: NatsConnection | null = null;
  #closed = false;

  constructor(
    connecting: Promise<NatsConnection>,
    { receive, failures }: { receive: (text: string) => void; failures: Failures },
  ) {
    const opened = connecting.then((connection) => this.#open(connection, receive));
    opened.catch((error) => failures.note('the connection to NATS is lost', error));
  }

  async #open(connection: NatsConnection, receive: (text: string) => void): Promise<void> {
    if (this.#closed) return connection.close();
    this.#connection = connection;
    this.isUp = true;
    connection.subscribe(subject, { callback: (error, message) => void (error ?? receive(message.string())) });
    for await (const { type } of connection.status()) {
      if (type === 'disconnect' || type === 'close') this.isUp = false;
      if (type === 'reconnect') this.isUp = true;
    }
  }

  send(text: string): void {
    // The library would buffer messages while the NATS server is unavailable. They would be stale after the reconnect.
    if (this.isUp) this.#connection?.publish(subject, text);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#connection?.close();
  }
}
