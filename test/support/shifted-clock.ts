import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs in the process of the server: shifts `Date` by the milliseconds in a file. Timers and the monotonic clock are not shifted. */
const preload = (file: string) => `
  import { readFileSync } from 'node:fs';
  const Real = Date;
  const now = () => Real.now() + Number(readFileSync(${JSON.stringify(file)}, 'utf8'));
  globalThis.Date = new Proxy(Real, {
    construct: (target, values, made) => Reflect.construct(target, values.length === 0 ? [now()] : values, made),
    apply: () => new Real(now()).toString(),
    get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
  });`;

/** The clock of one server process, which a test can shift. */
export class ShiftedClock {
  readonly #file = join(mkdtempSync(join(tmpdir(), 'rollcall-clock-')), 'ms');
  /** Settings of the process. */
  readonly settings: { NODE_OPTIONS: string };

  constructor() {
    this.jump(0);
    this.settings = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(preload(this.#file))}` };
  }

  /** Shifts the clock of the process by this many milliseconds; negative values set it back. */
  jump(ms: number): void {
    writeFileSync(this.#file, String(ms));
  }
}
