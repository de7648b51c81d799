import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * A TCP proxy that can become silent: it neither forwards nor closes. Open connections stay silent
 * forever, as after a network partition; `mode` controls new ones.
 */
export class TcpProxy {
  mode: 'pass' | 'silent' | 'refuse' = 'pass';
  /** Called with data of a client. If it returns true, the proxy becomes silent before it forwards the data. */
  hush: (text: string) => boolean = () => false;
  /** Called with data of a client. If it returns true, all connections are cut before the data is forwarded. */
  cuts: (text: string) => boolean = () => false;
  /** Number of accepted connections. */
  accepted = 0;
  #generation = 0;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(readonly target: URL) {
    this.#server = createServer((near) => this.#join(near));
  }

  static async to(url: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(new URL(url));
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** The URL of the server through the proxy. */
  get url(): string {
    const url = new URL(this.target.href);
    url.host = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return url.href;
  }

  /** Makes open connections silent, and new ones until `mode` is set. */
  silence(): void {
    this.mode = 'silent';
    this.#generation++;
  }

  /** Closes open connections. `mode` controls new ones. */
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
