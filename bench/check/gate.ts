import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * A TCP proxy in front of the database. It can fall silent as a broken network does: what is open then neither passes anything
 * on nor ends, and nobody is told.
 */
export class Gate {
  #target: number;
  #isSilent = false;
  readonly #pairs = new Set<readonly [Socket, Socket]>();

  private constructor(
    readonly server: Server,
    readonly port: number,
    target: number,
  ) {
    this.#target = target;
  }

  /** Listens on `port` and leads to `target`, both on this machine. */
  static async open(port: number, target: number): Promise<Gate> {
    const server = createServer({ pauseOnConnect: true });
    const gate = new Gate(server, port, target);
    server.on('connection', (near) => gate.#pass(near));
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return gate;
  }

  #pass(near: Socket): void {
    near.on('error', () => near.destroy());
    // Nothing is read from it, and nobody answers.
    if (this.#isSilent) return;
    const far = connect(this.#target, '127.0.0.1');
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    const end = () => {
      this.#pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    far.on('error', end).on('close', end);
    near.on('error', end).on('close', end);
    near.pipe(far).pipe(near);
  }

  /** Sessions that are open stay open for ever and get nothing through. New ones too, until `speak`. */
  silence(): void {
    this.#isSilent = true;
    for (const [near, far] of this.#pairs) {
      near.unpipe(far).pause();
      far.unpipe(near).pause();
    }
  }

  /** New sessions get through again. The old ones stay silent. */
  speak(): void {
    this.#isSilent = false;
  }

  /** Leads new sessions elsewhere. The old ones end with their database. */
  lead(target: number): void {
    this.#target = target;
  }

  close(): void {
    for (const [near, far] of this.#pairs) {
      near.destroy();
      far.destroy();
    }
    this.server.close();
  }
}
