import type { Json } from '../../src/kernel/json.js';

/** A response and its duration in milliseconds. */
export interface Answer {
  status: number;
  body: Json;
  ms: number;
}

/** A SCIM client of one connection that records invalid responses. */
export class Caller {
  readonly findings: string[] = [];
  sent = 0;
  slowest = 0;

  constructor(
    readonly base: string,
    readonly token: string,
    readonly slowMs: number,
  ) {}

  /** Sends a request. A string is sent unchanged, any other value as JSON. */
  async send(method: string, path: string, body?: unknown): Promise<Answer> {
    const started = performance.now();
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${this.base}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(text !== undefined && { 'content-type': 'application/scim+json' }),
      },
      ...(text !== undefined && { body: text }),
    });
    const answer = await response.text();
    const ms = performance.now() - started;
    this.sent++;
    this.slowest = Math.max(this.slowest, ms);
    const request = `${method} ${path} ${text ?? ''}`;
    if (response.status >= 500 || /"status":"5\d\d"/.test(answer)) this.found('5xx', `${request} -> ${answer}`);
    if (ms > this.slowMs) this.found(`slower than ${this.slowMs} ms (${Math.round(ms)} ms)`, request);
    const json: unknown = answer === '' ? {} : JSON.parse(answer);
    return { status: response.status, body: json as Json, ms };
  }

  /** Records a finding. */
  found(what: string, detail: string): void {
    this.findings.push(`${what}: ${detail.slice(0, 40_000)}`);
  }
}
