import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * A TCP proxy in front of the database that can simulate a network interruption: open connections neither transfer data
 * nor end.
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

  /** Listens on `port` and forwards to `target`, both on this machine. */
  static async open(port: number, target: number): Promise<Gate> {
    const server = createServer({ pauseOnConnect: true });
    const gate = new Gate(server, port, target);
    server.on('connection', (near) => gate.#pass(near));
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return gate;
  }

  #pass(near: Socket): void {
    near.on('error', () => near.destroy());
    // The connection stays open, but nothing is read from it or sent to it.
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

  /**
   * Interrupts all connections permanently, without ending them. New connections are interrupted too, until `speak`.
   */
  silence(): void {
    this.#isSilent = true;
    for (const [near, far] of this.#pairs) {
      near.unpipe(far).pause();
      far.unpipe(near).pause();
    }
  }

  /** Lets new connections through again. Earlier ones stay interrupted. */
  speak(): void {
    this.#isSilent = false;
  }

  /** Forwards new connections to another port. Earlier ones end with their database. */
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
