import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { type Anything, eventually } from './world.js';

/** One delivery as it arrived. */
export interface Received {
  id: string;
  headers: IncomingHttpHeaders;
  text: string;
  body: Anything;
  at: number;
}

/** A webhook endpoint on loopback. `answer` sets the response to each delivery. */
export class Receiver {
  readonly received: Received[] = [];
  answer: (delivery: Received, response: ServerResponse) => void = (_delivery, response) =>
    response.writeHead(204).end();
  readonly #server: Server;
  url = '';

  constructor() {
    this.#server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk) => {
        text += chunk;
      });
      request.on('end', () => {
        const isJson = request.headers['content-type'] === 'application/json';
        const id = String(request.headers['webhook-id']);
        const body = isJson ? JSON.parse(text) : text;
        const delivery = { id, headers: request.headers, text, body, at: performance.now() };
        this.received.push(delivery);
        this.answer(delivery, response);
      });
    });
  }

  static async listen(): Promise<Receiver> {
    const receiver = new Receiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    receiver.url = `http://127.0.0.1:${(receiver.#server.address() as AddressInfo).port}/hook`;
    return receiver;
  }

  get positions(): number[] {
    return this.received.map(({ body }) => body.position);
  }

  /** Positions of the deliveries in order, without repeats of an id. */
  get distinct(): number[] {
    return [...new Map(this.received.map(({ id, body }) => [id, body.position])).values()];
  }

  /** Throws if the delivery is not signed with the secret. */
  verify({ headers, text }: Received, secret: string): void {
    new Webhook(secret).verify(text, headers as Record<string, string>);
  }

  until(count: number, ms?: number): Promise<void> {
    return eventually(() => this.received.length >= count, ms);
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
