import { Random } from '../../src/simulator/random.js';

/** The short form runs 20 to 60 seconds for each part; the long form has the sizes for a release. */
export const isShort = process.env.SOAK === 'short';

/** Returns the size of the form that runs. */
export const sized = (short: number, long: number): number => (isShort ? short : long);

/** The seed of everything random in the soak run. `SEED` repeats a run. */
export const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));

/** Returns a random generator of its own for one part, so that parts do not depend on each other's order. */
export function randomOf(part: string): Random {
  process.stdout.write(`${part}: SEED=${seed}\n`);
  return new Random(seed);
}
