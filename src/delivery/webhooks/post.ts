import { dayMs } from '../../kernel/durations.js';
import type { Answer, Outbound } from '../../outbound/outbound.js';

/** Result of one attempt. */
export interface Outcome {
  delivered: boolean;
  status: number | null;
  /** Sentence for the delivery log; null if the message was delivered. */
  error: string | null;
  answer: string | null;
  durationMs: number;
  /** Milliseconds from the receiver's Retry-After header (RFC 9110 section 10.2.3); 0 without one. */
  retryAfterMs: number;
  /** True if the receiver answers 410: it accepts no further messages. */
  gone: boolean;
}

/** Longest Retry-After that is obeyed. A longer one counts as this. */
const longestRetryAfterMs = dayMs;

/** Posts one message. Never throws: an error is returned as the outcome. `now` is the clock of the database. */
export async function post(
  { outbound, now }: { outbound: Outbound; now: () => Date },
  { url, headers, body }: { url: string; headers: Record<string, string>; body: string },
): Promise<Outcome> {
  const startedAt = performance.now();
  const took = () => Math.round(performance.now() - startedAt);
  const none = { answer: null, retryAfterMs: 0, gone: false, status: null, delivered: false };
  try {
    const { status, retryAfter, start }: Answer = await outbound.post(url, { headers, body });
    const delivered = status >= 200 && status < 300;
    const answer = start === '' ? null : start;
    const outcome = { ...none, status, answer, durationMs: took(), retryAfterMs: pauseOf(retryAfter, now()) };
    return { ...outcome, delivered, gone: status === 410, error: delivered ? null : refusal(status) };
  } catch (error) {
    const isLate = /^(Timeout|Abort)Error$/.test(String((error as { name?: unknown }).name));
    // One text for refused, closed, unknown and forbidden addresses: otherwise the delivery log could be used as a port
    // scanner.
    return { ...none, durationMs: took(), error: isLate ? 'No response within 10 seconds.' : 'No connection.' };
  }
}

function refusal(status: number): string {
  if (status >= 300 && status < 400)
    return `The endpoint redirects (${status}). Redirects are not followed. Set "url" to the final URL.`;
  if (status === 410) return 'The endpoint no longer exists (410) and was paused.';
  if (status >= 400 && status < 500) return `The endpoint rejected this message (${status}).`;
  return `The endpoint failed (${status}).`;
}

function pauseOf(retryAfter: string | null, now: Date): number {
  if (!retryAfter) return 0;
  const ms = /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - now.getTime();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), longestRetryAfterMs) : 0;
}
