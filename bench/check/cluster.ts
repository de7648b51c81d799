import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Gate } from './gate.js';
import { type Directory, freePort, newDirectory } from './postgres.js';

/** One PostgreSQL server of the cluster, with its own data directory. */
class Instance {
  constructor(
    readonly directory: Directory,
    readonly data: string,
    readonly port: number,
  ) {}

  start(): Promise<void> {
    const { path, run } = this.directory;
    const options = [
      `-p ${this.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${path}`,
      '-c max_connections=200 -c wal_keep_size=256MB -c wal_receiver_status_interval=1',
    ];
    return run('pg_ctl', '-D', this.data, '-w', '-o', options.join(' '), '-l', `${this.data}.log`, 'start');
  }

  kill(): Promise<void> {
    return this.directory.run('pg_ctl', '-D', this.data, '-m', 'immediate', '-w', 'stop');
  }

  promote(): Promise<void> {
    return this.directory.run('pg_ctl', '-D', this.data, '-w', 'promote');
  }

  async query<T extends pg.QueryResultRow>(...statements: string[]): Promise<T[]> {
    const client = new pg.Client({ host: '127.0.0.1', port: this.port, user: 'rollcall', database: 'postgres' });
    await client.connect();
    try {
      let rows: T[] = [];
      for (const statement of statements) ({ rows } = await client.query<T>(statement));
      return rows;
    } finally {
      await client.end();
    }
  }
}

/**
 * A PostgreSQL server with a streaming standby at one address. It supports failover, restore and network interruption.
 */
export class Cluster {
  #copies = 0;
  #standby: Instance | null = null;
  #backup: string | null = null;

  private constructor(
    readonly directory: Directory,
    readonly gate: Gate,
    private primary: Instance,
  ) {}

  /** Starts the cluster. Returns null if PostgreSQL is not installed. */
  static async start(): Promise<Cluster | null> {
    const directory = newDirectory();
    if (!directory) return null;
    const data = `${directory.path}/primary`;
    await directory.run('initdb', '-D', data, '-U', 'rollcall', '-A', 'trust', '--no-sync');
    const primary = new Instance(directory, data, await freePort());
    await primary.start();
    return new Cluster(directory, await Gate.open(await freePort(), primary.port), primary);
  }

  get url(): string {
    return `postgres://rollcall@127.0.0.1:${this.gate.port}/postgres`;
  }

  /** Kills the primary like a crash and starts it again. */
  async crash(): Promise<void> {
    await this.primary.kill();
    await this.primary.start();
  }

  /** Interrupts the network to the cluster for `ms` milliseconds. Earlier sessions stay interrupted permanently. */
  async silence(ms: number): Promise<void> {
    this.gate.silence();
    await sleep(ms);
    this.gate.speak();
  }

  /** Copies the running primary, as a standby or as a backup. */
  async #copy(name: string, ...options: string[]): Promise<string> {
    const data = `${this.directory.path}/${name}${++this.#copies}`;
    const from = ['-h', '127.0.0.1', '-p', String(this.primary.port), '-U', 'rollcall'];
    const how = ['-X', 'stream', '-c', 'fast', '--no-sync', ...options];
    await this.directory.run('pg_basebackup', ...from, '-D', data, ...how);
    return data;
  }

  /** Returns the standby after it has caught up; creates it if there is none. */
  async #caughtUp(): Promise<Instance> {
    if (!this.#standby) {
      this.#standby = new Instance(this.directory, await this.#copy('standby', '-R'), await freePort());
      await this.#standby.start();
    }
    for (;;) {
      const [state] = await this.primary.query<{ behind: string | null }>(
        'select max(pg_current_wal_lsn() - replay_lsn)::text as behind from pg_stat_replication',
      );
      if (state?.behind !== null && Number(state?.behind) < 1_000_000) return this.#standby;
      await sleep(100);
    }
  }

  /**
   * Kills the primary and promotes the standby without losing an acknowledged commit: commits wait for the standby
   * before that.
   */
  async failOver(): Promise<void> {
    const standby = await this.#caughtUp();
    await this.primary.query("alter system set synchronous_standby_names = '*'", 'select pg_reload_conf()');
    await sleep(500);
    await this.#takeOver(standby);
  }

  /** Stops replication, runs `meanwhile` on the primary only, then kills the primary and promotes the standby. */
  async failOverWithLoss(meanwhile: () => Promise<void>): Promise<void> {
    const standby = await this.#caughtUp();
    await standby.query("alter system set primary_conninfo = ''", 'select pg_reload_conf()');
    await sleep(500);
    await meanwhile();
    await this.#takeOver(standby);
  }

  async #takeOver(standby: Instance): Promise<void> {
    await this.primary.kill();
    await standby.promote();
    await standby.query('alter system reset synchronous_standby_names', 'select pg_reload_conf()');
    this.primary = standby;
    this.#standby = null;
    this.gate.lead(standby.port);
  }

  /** Makes a backup of the current state. */
  async backUp(): Promise<void> {
    this.#backup = await this.#copy('backup');
  }

  /** Replaces the primary by the last backup, which discards all later changes. */
  async restore(): Promise<void> {
    if (!this.#backup) throw new Error('There is no backup.');
    await this.#standby?.kill();
    this.#standby = null;
    await this.primary.kill();
    this.primary = new Instance(this.directory, this.#backup, this.primary.port);
    this.#backup = null;
    await this.primary.start();
  }

  async stop(): Promise<void> {
    this.gate.close();
    await this.#standby?.kill();
    await this.primary.kill();
    this.directory.remove();
  }
}
