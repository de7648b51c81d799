import type { Answer, Outbound } from '../../outbound/outbound.js';

/** What became of one attempt. */
export interface Outcome {
  delivered: boolean;
  status: number | null;
  /** A sentence for the delivery log; null when it was delivered. */
  error: string | null;
  answer: string | null;
  durationMs: number;
  /** Milliseconds that the receiver asks to be left alone for (RFC 9110 section 10.2.3). */
  retryAfterMs: number;
  /** The receiver wants nothing more (410). */
  gone: boolean;
}

const longestPauseMs = 24 * 3_600_000;

/** Posts one message. Never throws: what fails is an outcome. */
export async function post(
  outbound: Outbound,
  { url, headers, body }: { url: string; headers: Record<string, string>; body: string },
): Promise<Outcome> {
  const startedAt = performance.now();
  const took = () => Math.round(performance.now() - startedAt);
  const none = { answer: null, retryAfterMs: 0, gone: false, status: null, delivered: false };
  try {
    const { status, retryAfter, start }: Answer = await outbound.post(url, { headers, body });
    const delivered = status >= 200 && status < 300;
    const answer = start === '' ? null : start;
    const outcome = { ...none, status, answer, durationMs: took(), retryAfterMs: pauseOf(retryAfter) };
    return { ...outcome, delivered, gone: status === 410, error: delivered ? null : refusal(status) };
  } catch (error) {
    const isLate = /^(Timeout|Abort)Error$/.test(String((error as { name?: unknown }).name));
    // Refused, closed, unknown, forbidden: one text for all, or the delivery log would be a port scanner.
    return { ...none, durationMs: took(), error: isLate ? 'No answer within 10 seconds.' : 'No connection.' };
  }
}

function refusal(status: number): string {
  if (status >= 300 && status < 400)
    return `The endpoint redirects (${status}). Redirects are not followed: give the final URL.`;
  if (status === 410) return 'The endpoint is gone (410) and was paused.';
  if (status >= 400 && status < 500) return `The endpoint refuses this message (${status}).`;
  return `The endpoint failed (${status}).`;
}

function pauseOf(retryAfter: string | null): number {
  if (!retryAfter) return 0;
  const ms = /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), longestPauseMs) : 0;
}

const shortestMs = 1_000;
const longestMs = 3_600_000;

/** How long to wait after so many attempts in vain: doubling from a second to an hour, with full jitter. */
export function backoffMs(attempts: number): number {
  const ceiling = Math.min(longestMs, shortestMs * 2 ** Math.min(attempts, 20));
  return shortestMs + Math.random() * (ceiling - shortestMs);
}
