import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { environment } from '../../src/cli/environment.js';

const command = fileURLToPath(new URL('../../src/cli/rollcall.js', import.meta.url));

/** One server process on its own port, which stays the same after a restart. */
export class ServerNode {
  readonly url: string;
  #child: ChildProcess | null = null;
  #output = '';
  #isUp = false;
  /** True if the process has ended without being killed, which must never happen. */
  hasDied = false;
  /** Receives the complete output of the process. */
  onOutput: (chunk: string) => void = () => {};

  constructor(
    readonly port: number,
    readonly settings: Record<string, string>,
  ) {
    this.url = `http://127.0.0.1:${port}`;
  }

  /**
   * Starts the process and waits until it is ready. If it ends because the database is unavailable, it is started
   * again.
   */
  async start(): Promise<void> {
    for (;;) {
      const child = this.#spawn();
      for (;;) {
        if (child.exitCode !== null || child.signalCode !== null) break;
        if (await this.isReady()) {
          this.#isUp = true;
          return;
        }
        await sleep(50);
      }
      await sleep(200);
    }
  }

  #spawn(): ChildProcess {
    const { DATABASE_URL: _other, ...inherited } = environment();
    const child = spawn(process.execPath, ['--disable-proto=delete', command, 'start'], {
      env: { LOG_LEVEL: 'error', ...inherited, ...this.settings, PORT: String(this.port) } as NodeJS.ProcessEnv,
    });
    const note = (chunk: Buffer) => {
      this.onOutput(String(chunk));
      this.#output = (this.#output + chunk).slice(-20_000);
    };
    child.stdout.on('data', note);
    child.stderr.on('data', note);
    child.once('exit', () => {
      this.hasDied ||= this.#isUp;
    });
    this.#child = child;
    return child;
  }

  async isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(2_000) })).ok;
    } catch {
      return false;
    }
  }

  /** The end of its output. */
  get output(): string {
    return this.#output;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#isUp = false;
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.kill(signal);
    });
  }
}
