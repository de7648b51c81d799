import type { ConnectionId, OrganizationId } from '../kernel/ids.js';

/**
 * Message between nodes: a log has grown, the request log has new entries of a connection, or data that credentials
 * depend on has changed.
 */
export type Hint = Growth | NewRequests | 'credentials';

/** New entries of the request log. */
export interface NewRequests {
  requestsOf: ConnectionId;
}

/** Growth of a log, up to `position`. */
export interface Growth {
  organizationId: OrganizationId;
  position: number;
}

/** Transport of hints between nodes. A lost hint delays an event but never loses one. */
export interface Wire {
  readonly name: string;
  /** True if the other nodes are currently reachable. */
  readonly isUp: boolean;
  /** Sends a text to all other nodes. If the transport is down, the text is dropped. */
  send(text: string): void;
  close(): Promise<void>;
}

/** Opens the transport. `receive` is called with each text that another node sends. */
export type OpenWire = (receive: (text: string) => void) => Promise<Wire>;

interface Message {
  from: string;
  heads: [OrganizationId, number][];
  /** Connections with new entries in the request log. A node of an earlier version does not send them. */
  requests?: ConnectionId[];
  credentials: boolean;
}

/**
 * Minimum pause, in milliseconds, between messages of a node: at most 50 messages per second, regardless of its writes.
 * A NOTIFY serializes commits.
 */
const pauseMs = 20;
/** Heads, and connections, per message. A NOTIFY payload holds at most 8,000 bytes. */
const perMessage = 80;

/**
 * Distributes the hints of this node and of the others. On this node they are delivered immediately; to other nodes
 * they are sent in batches.
 */
export class Bus {
  readonly #listeners = new Set<(hint: Hint) => void>();
  readonly #waiting = new Map<OrganizationId, number>();
  readonly #requests = new Set<ConnectionId>();
  #credentials = false;
  #timer: NodeJS.Timeout | undefined;
  #sentAt = 0;
  #wire: Wire | null = null;

  constructor(readonly node: string) {}

  /** Connects to the other nodes. Before this call, hints are delivered on this node only. */
  async join(open: OpenWire): Promise<void> {
    this.#wire = await open((text) => this.#receive(text));
  }

  /** Calls `listener` with each hint, of this node and of the others. */
  subscribe(listener: (hint: Hint) => void): void {
    this.#listeners.add(listener);
  }

  /** Publishes a hint to all nodes, this one first. Must be called after the commit. */
  publish(hint: Hint): void {
    this.#publishHere(hint);
    if (!this.#wire) return;
    if (hint === 'credentials') this.#credentials = true;
    else if ('requestsOf' in hint) this.#requests.add(hint.requestsOf);
    else this.#waiting.set(hint.organizationId, hint.position);
    this.#timer ??= setTimeout(() => this.#send(), Math.max(0, this.#sentAt + pauseMs - performance.now())).unref();
  }

  /**
   * State of the connection to the other nodes: "alone" for a single node, else the name of the transport and "up" or
   * "down".
   */
  get state(): string {
    if (!this.#wire) return 'alone';
    return `${this.#wire.name} ${this.#wire.isUp ? 'up' : 'down'}`;
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#send();
    await this.#wire?.close();
    this.#wire = null;
  }

  #publishHere(hint: Hint): void {
    for (const listener of this.#listeners) listener(hint);
  }

  #send(): void {
    this.#timer = undefined;
    this.#sentAt = performance.now();
    const heads = [...this.#waiting];
    const requests = [...this.#requests];
    this.#waiting.clear();
    this.#requests.clear();
    const credentials = this.#credentials;
    this.#credentials = false;
    const most = Math.max(heads.length, requests.length);
    for (let n = 0; n < most || (n === 0 && credentials); n += perMessage) {
      const part = { heads: heads.slice(n, n + perMessage), requests: requests.slice(n, n + perMessage) };
      const message: Message = { from: this.node, ...part, credentials };
      this.#wire?.send(JSON.stringify(message));
    }
  }

  #receive(text: string): void {
    const message = parse(text);
    if (!message || message.from === this.node) return;
    if (message.credentials) this.#publishHere('credentials');
    for (const [organizationId, position] of message.heads) this.#publishHere({ organizationId, position });
    for (const requestsOf of message.requests ?? []) this.#publishHere({ requestsOf });
  }
}

// Ignore texts of other senders on the channel.
function parse(text: string): Message | null {
  try {
    const message = JSON.parse(text) as Message;
    return Array.isArray(message.heads) ? message : null;
  } catch {
    return null;
  }
}
