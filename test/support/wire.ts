import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * A way to a server that can become silent: it neither passes on nor closes. Connections that were open stay silent for
 * ever, as after a partition; new ones do what `mode` says.
 */
export class Wire {
  mode: 'pass' | 'silent' | 'refuse' = 'pass';
  /** Called with what a client sends; true makes the wire silent before it is passed on. */
  hush: (text: string) => boolean = () => false;
  /** Called with what a client sends; true cuts all connections before it is passed on. */
  cuts: (text: string) => boolean = () => false;
  /** How many connections were accepted. */
  accepted = 0;
  #generation = 0;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(readonly target: URL) {
    this.#server = createServer((near) => this.#join(near));
  }

  static async to(url: string): Promise<Wire> {
    const wire = new Wire(new URL(url));
    await new Promise<void>((resolve) => wire.#server.listen(0, '127.0.0.1', resolve));
    return wire;
  }

  /** The URL of the server through the wire. */
  get url(): string {
    const url = new URL(this.target.href);
    url.host = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return url.href;
  }

  /** Makes open connections silent, and new ones too until `mode` is set. */
  silence(): void {
    this.mode = 'silent';
    this.#generation++;
  }

  /** Ends open connections. New ones do what `mode` says. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(near: Socket): void {
    this.accepted++;
    if (this.mode === 'refuse') return void near.destroy();
    this.#keep(near);
    if (this.mode === 'silent') return void near.on('data', () => {});
    const far = connect({ host: this.target.hostname, port: Number(this.target.port || 5432) });
    this.#keep(far);
    const generation = this.#generation;
    const passes = () => generation === this.#generation;
    near.on('data', (chunk) => {
      if (passes() && this.hush(chunk.toString('latin1'))) this.silence();
      if (passes() && this.cuts(chunk.toString('latin1'))) return this.cut();
      if (passes()) far.write(chunk);
    });
    far.on('data', (chunk) => void (passes() && near.write(chunk)));
    near.on('close', () => passes() && far.destroy());
    far.on('close', () => passes() && near.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}
