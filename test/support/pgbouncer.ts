import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, owner } from '../../bench/check/postgres.js';
import { eventually } from './world.js';

// Not in the PATH of every user.
const program = '/usr/sbin/pgbouncer';

/** A PgBouncer for one test, in front of the server of `url`. */
export class PgBouncer {
  #child: ChildProcess | null = null;
  private constructor(
    readonly directory: string,
    readonly url: string,
  ) {}

  /** @param settings lines of its section [pgbouncer] */
  static async before(url: string, settings: string[]): Promise<PgBouncer> {
    const directory = mkdtempSync(join(tmpdir(), 'rollcall-pgbouncer-'));
    const target = new URL(url);
    const port = await freePort();
    const file = join(directory, 'pgbouncer.ini');
    writeFileSync(join(directory, 'users.txt'), `"${target.username}" ""\n`);
    writeFileSync(
      file,
      [
        '[databases]',
        `* = host=${target.hostname} port=${target.port}`,
        '[pgbouncer]',
        `listen_addr = 127.0.0.1\nlisten_port = ${port}\nauth_type = trust\nauth_file = ${directory}/users.txt`,
        'unix_socket_dir =\nmax_client_conn = 200',
        ...settings,
        '',
      ].join('\n'),
    );
    const as = owner();
    if (as) chownSync(directory, as.uid, as.gid);
    const through = new URL(url);
    through.host = `127.0.0.1:${port}`;
    const bouncer = new PgBouncer(directory, through.href);
    bouncer.#child = spawn(program, [file], { stdio: 'ignore', cwd: directory, ...as });
    await eventually(() => listens(port));
    return bouncer;
  }

  stop(): void {
    this.#child?.kill('SIGKILL');
    rmSync(this.directory, { recursive: true, force: true });
  }
}

const listens = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
