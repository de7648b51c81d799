import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, owner, programs } from '../../bench/check/postgres.js';
import { administer } from './database.js';

/** A PostgreSQL cluster for one test, in directories that can be copied and restored. */
export class Cluster {
  readonly data: string;
  readonly #bin = programs() ?? '';
  readonly #as = owner();

  constructor(
    readonly directory: string,
    readonly port: number,
    name = 'data',
  ) {
    this.data = join(directory, name);
  }

  /** Creates a cluster in a new directory, without starting it. */
  static async make(): Promise<Cluster> {
    const cluster = new Cluster(mkdtempSync(join(tmpdir(), 'rollcall-cluster-')), await freePort());
    cluster.make();
    return cluster;
  }

  /** Creates its files in an existing directory. */
  make(): void {
    if (this.#as) chownSync(this.directory, this.#as.uid, this.#as.gid);
    this.run('initdb', '-D', this.data, '-U', 'rollcall', '-A', 'trust', '--no-sync');
  }

  /** Starts it if it has ended unexpectedly. */
  startAgain(): void {
    try {
      this.run('pg_ctl', '-D', this.data, 'status');
    } catch {
      this.start();
    }
  }

  get url(): string {
    return `postgres://rollcall@127.0.0.1:${this.port}/postgres`;
  }

  run(program: string, ...options: string[]): void {
    execFileSync(join(this.#bin, program), options, { stdio: 'ignore', cwd: this.directory, ...this.#as });
  }

  start(): void {
    // Only processes are killed, not the machine: data in the cache of the kernel is not lost.
    const options = `-p ${this.port} -c fsync=off -c listen_addresses=127.0.0.1 -c unix_socket_directories=${this.directory}`;
    this.run('pg_ctl', '-D', this.data, '-w', '-o', options, '-l', `${this.data}.log`, 'start');
  }

  stop(mode: 'fast' | 'immediate' = 'fast'): void {
    this.run('pg_ctl', '-D', this.data, '-w', '-m', mode, 'stop');
  }

  /** Stops the server and removes the directory. */
  remove(): void {
    try {
      this.stop('immediate');
    } catch {
      // It was stopped already.
    }
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Copies the files of a stopped cluster to a new cluster. */
  async copy(): Promise<Cluster> {
    const directory = mkdtempSync(join(tmpdir(), 'rollcall-cluster-'));
    const cluster = new Cluster(directory, await freePort());
    if (this.#as) chownSync(directory, this.#as.uid, this.#as.gid);
    execFileSync('cp', ['-a', this.data, cluster.data]);
    return cluster;
  }

  /** Creates a base backup of the running cluster. */
  backUp(): void {
    this.run('pg_basebackup', '-d', this.url, '-D', `${this.data}.backup`, '-c', 'fast', '--no-sync');
  }

  /** Replaces the data of the stopped cluster by the backup. */
  putBack(): void {
    execFileSync('rm', ['-rf', this.data]);
    execFileSync('cp', ['-a', `${this.data}.backup`, this.data]);
  }

  /** Starts a standby of the running cluster on another port. */
  async standby(): Promise<Cluster> {
    const standby = new Cluster(this.directory, await freePort(), 'standby');
    this.run('pg_basebackup', '-d', this.url, '-D', standby.data, '-c', 'fast', '-R', '--no-sync');
    standby.start();
    return standby;
  }

  promote(): void {
    this.run('pg_ctl', '-D', this.data, '-w', 'promote');
  }

  query(statement: string): Promise<unknown[][]> {
    return administer(this.url, statement);
  }
}

/** An address that forwards to a cluster, which can be changed. */
export class Address {
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  port = 0;

  constructor(public target: Cluster) {
    this.#server = createServer((socket) => {
      const behind = connect(this.target.port, '127.0.0.1');
      for (const end of [socket, behind]) {
        this.#open.add(end);
        const other = end === socket ? behind : socket;
        end.on('error', () => other.destroy());
        end.on('close', () => {
          this.#open.delete(end);
          other.destroy();
        });
      }
      socket.pipe(behind).pipe(socket);
    });
  }

  static async of(target: Cluster): Promise<Address> {
    const address = new Address(target);
    await new Promise<void>((resolve) => address.#server.listen(0, '127.0.0.1', resolve));
    address.port = (address.#server.address() as AddressInfo).port;
    return address;
  }

  get url(): string {
    return `postgres://rollcall@127.0.0.1:${this.port}/postgres`;
  }

  close(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
