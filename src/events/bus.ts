import type { OrganizationId } from '../ids.js';

/** What nodes tell each other: that a log has grown, or that something which credentials depend on has changed. */
export type Hint = Growth | 'credentials';

/** A log has grown up to there. */
export interface Growth {
  organizationId: OrganizationId;
  position: number;
}

/** What carries hints between nodes. Losing one costs time, never an event. */
export interface Wire {
  readonly name: string;
  /** Whether the other nodes can be heard right now. */
  readonly isUp: boolean;
  /** Sends one text to all other nodes. A wire that is down drops it. */
  send(text: string): void;
  close(): Promise<void>;
}

/** Makes the wire; `receive` is called with every text that another node has sent. */
export type OpenWire = (receive: (text: string) => void) => Promise<Wire>;

interface Message {
  from: string;
  heads: [OrganizationId, number][];
  credentials: boolean;
}

/** At most 50 messages a second leave a node, whatever it writes (reliability: NOTIFY serialises commits). */
const pauseMs = 20;
/** A NOTIFY holds 8,000 bytes. */
const headsPerMessage = 100;

/** The hints of this node and of the others. They are told at once here, and elsewhere many at a time. */
export class Bus {
  readonly #listeners = new Set<(hint: Hint) => void>();
  readonly #waiting = new Map<OrganizationId, number>();
  #credentials = false;
  #timer: NodeJS.Timeout | undefined;
  #sentAt = 0;
  #wire: Wire | null = null;

  constructor(readonly node: string) {}

  /** Joins the other nodes. Without a wire this one is alone. */
  async join(open: OpenWire): Promise<void> {
    this.#wire = await open((text) => this.#receive(text));
  }

  /** Calls `listener` with every hint, of this node and of the others. */
  hear(listener: (hint: Hint) => void): void {
    this.#listeners.add(listener);
  }

  /** Tells everybody, this node first. Called after the commit. */
  tell(hint: Hint): void {
    this.#tellHere(hint);
    if (!this.#wire) return;
    if (hint === 'credentials') this.#credentials = true;
    else this.#waiting.set(hint.organizationId, hint.position);
    this.#timer ??= setTimeout(() => this.#send(), Math.max(0, this.#sentAt + pauseMs - performance.now())).unref();
  }

  /** "alone" for a single node, else whether the others can be heard. */
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

  #tellHere(hint: Hint): void {
    for (const listener of this.#listeners) listener(hint);
  }

  #send(): void {
    this.#timer = undefined;
    this.#sentAt = performance.now();
    const all = [...this.#waiting];
    this.#waiting.clear();
    const credentials = this.#credentials;
    this.#credentials = false;
    for (let n = 0; n < all.length || (n === 0 && credentials); n += headsPerMessage) {
      const message: Message = { from: this.node, heads: all.slice(n, n + headsPerMessage), credentials };
      this.#wire?.send(JSON.stringify(message));
    }
  }

  #receive(text: string): void {
    const message = parse(text);
    if (!message || message.from === this.node) return;
    if (message.credentials) this.#tellHere('credentials');
    for (const [organizationId, position] of message.heads) this.#tellHere({ organizationId, position });
  }
}

// Whatever else is said on the channel is nothing to us.
function parse(text: string): Message | null {
  try {
    const message = JSON.parse(text) as Message;
    return Array.isArray(message.heads) ? message : null;
  } catch {
    return null;
  }
}
