import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs in the process of the server: `Date` is off by the milliseconds in a file. Timers and the monotonic clock are not. */
const preload = (file: string) => `
  import { readFileSync } from 'node:fs';
  const Real = Date;
  const now = () => Real.now() + Number(readFileSync(${JSON.stringify(file)}, 'utf8'));
  globalThis.Date = new Proxy(Real, {
    construct: (target, values, made) => Reflect.construct(target, values.length === 0 ? [now()] : values, made),
    apply: () => new Real(now()).toString(),
    get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
  });`;

/** The clock of one server process, which jumps when a test says so. */
export class ShiftedClock {
  readonly #file = join(mkdtempSync(join(tmpdir(), 'rollcall-clock-')), 'ms');
  /** Settings of the process. */
  readonly settings: { NODE_OPTIONS: string };

  constructor() {
    this.jump(0);
    this.settings = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(preload(this.#file))}` };
  }

  /** The process is this many milliseconds ahead from now on; a negative number is behind. */
  jump(ms: number): void {
    writeFileSync(this.#file, String(ms));
  }
}
