import { isIPv6 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { Stopped } from './context.js';

const perMinute = 20;

/**
 * Counts failed attempts by origin and limits them. Successful attempts, and attempts that a trusted key has signed, do
 * not count, because many users can share one address.
 */
export class Attempts {
  readonly #limiter = new RateLimiterMemory({ points: perMinute, duration: 60 });

  /** Checks the limit without counting. @throws Stopped after 20 failures within a minute */
  async check(key: string): Promise<void> {
    const failures = await this.#limiter.get(key);
    if (failures && failures.consumedPoints >= perMinute) throw tooMany(failures.msBeforeNext);
  }

  /** Counts a failure. */
  async note(key: string): Promise<void> {
    await this.#limiter.penalty(key);
  }

  /** Counts a failure. @throws Stopped from the 21st failure within a minute on */
  async fail(key: string): Promise<void> {
    const { consumedPoints, msBeforeNext } = await this.#limiter.penalty(key);
    if (consumedPoints > perMinute) throw tooMany(msBeforeNext);
  }

  /**
   * Makes an attempt and counts it if it fails. The limit is checked again when the result is known, so that concurrent
   * attempts reveal no more than sequential ones.
   *
   * @throws Stopped after 20 failures within a minute
   */
  async attempt<T>(key: string, work: () => Promise<T>, hasFailed: (result: T) => boolean): Promise<T> {
    await this.check(key);
    const result = await work();
    await (hasFailed(result) ? this.fail(key) : this.check(key));
    return result;
  }
}

const tooMany = (ms: number) =>
  new Stopped('Too many attempts. Wait a minute and try again.', 429, Math.max(1, Math.ceil(ms / 1_000)));

/** Returns the origin of a request for counting: an IPv4 address, or the /64 network of an IPv6 address. */
export const addressOf = ({ ip }: Pick<FastifyRequest, 'ip'>): string => networkOf(ip);

/**
 * Returns an IPv4 address unchanged, and the /64 network of an IPv6 address, because one subscriber has at least that
 * many addresses.
 */
export function networkOf(address: string): string {
  const [plain = ''] = address.split('%');
  if (!isIPv6(plain)) return address;
  const groups = groupsOf(plain);
  const [high = 0, low = 0] = groups.slice(6);
  // An IPv4-mapped address, as dual-stack sockets return it (RFC 4291 section 2.5.5.2).
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

/** Returns the eight groups of an IPv6 address in any notation. */
function groupsOf(address: string): number[] {
  // The URL parser returns the canonical form, also for an IPv4 address at the end.
  const [head = '', tail = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const [before, after] = [head, tail].map((part) => (part === '' ? [] : part.split(':')));
  const zeros = Array.from({ length: 8 - (before?.length ?? 0) - (after?.length ?? 0) }, () => '0');
  return [...(before ?? []), ...zeros, ...(after ?? [])].map((group) => Number.parseInt(group, 16));
}
