import { isIPv6 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Stopped } from './door.js';

const perMinute = 20;

/** Tries that somebody could use to guess with, counted by where they come from. */
export class Attempts {
  readonly #limiter = new RateLimiterMemory({ points: perMinute, duration: 60 });

  /** @throws Stopped above 20 a minute for the same key */
  async count(key: string): Promise<void> {
    try {
      await this.#limiter.consume(key);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      throw new Stopped('Too many tries. Wait a minute and try again.', 429, Math.ceil(error.msBeforeNext / 1_000));
    }
  }
}

/** Whom to count a try against: an IPv4 address, or the network of an IPv6 one. */
export function addressOf({ ip }: FastifyRequest): string {
  return isIPv6(ip) ? ip.split(':').slice(0, 4).join(':') : ip;
}
