import { hourMs } from '../../kernel/durations.js';

const shortestMs = 1_000;
const longestBackoffMs = hourMs;

/**
 * Returns the milliseconds to wait after a number of failed attempts: a random time between one second and a limit. The
 * limit is two seconds after the first failure and doubles with each further one, up to one hour.
 */
export function backoffMs(attempts: number): number {
  const ceiling = Math.min(longestBackoffMs, shortestMs * 2 ** Math.min(attempts, 20));
  return shortestMs + Math.random() * (ceiling - shortestMs);
}
