import type { Http } from './http.js';
import type { Findings } from './simulation.js';

const at = (sorted: readonly number[], share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;

/** Returns the summary of a run. */
export function summaryOf(http: Http, findings: Findings, seconds: number) {
  const requests = [...http.tallies]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([request, { count, ms }]) => {
      const sorted = [...ms].sort((a, b) => a - b);
      return { request, count, p50Ms: at(sorted, 0.5), p99Ms: at(sorted, 0.99) };
    });
  const total = requests.reduce((sum, { count }) => sum + count, 0);
  return { ...findings, seconds, total, perSecond: total / seconds, requests, unexpected: http.unexpected };
}

export type Summary = ReturnType<typeof summaryOf>;

/** Returns the summary as text. */
export function printSummary(summary: Summary): string {
  const rows = summary.requests.map(
    ({ request, count, p50Ms, p99Ms }) =>
      `  ${request.padEnd(28)}${String(count).padStart(8)}${p50Ms.toFixed(1).padStart(10)}${p99Ms.toFixed(1).padStart(10)}`,
  );
  const unexpected = summary.unexpected
    .slice(0, 10)
    .map(({ request, status, answer }) => `  ${status} ${request}: ${answer}`);
  const differences = summary.differences.slice(0, 10).map((difference) => `  ${difference}`);
  return [
    `${summary.people} users and ${summary.groups} groups, ${summary.total} requests in ${summary.seconds.toFixed(1)} s (${summary.perSecond.toFixed(0)} per second)`,
    `  ${'request'.padEnd(28)}${'count'.padStart(8)}${'p50 ms'.padStart(10)}${'p99 ms'.padStart(10)}`,
    ...rows,
    `unexpected answers: ${summary.unexpected.length}`,
    ...unexpected,
    `differences between the directory and the data of the IdP: ${summary.differences.length}`,
    ...differences,
  ].join('\n');
}
