import { Agent, request } from 'node:http';

/** One request to send. */
export interface Shot {
  method: string;
  url: string;
  headers?: Record<string, string>;
  body?: string;
}

/** Duration in milliseconds, and number of concurrent clients. */
export interface Options {
  clients: number;
  ms: number;
}

export interface Figures {
  perSecond: number;
  p50: number;
  p99: number;
  failed: number;
}

/** Sends `shot()` over `clients` connections for `ms`, and measures the duration of each response in milliseconds. */
export async function load(shot: () => Shot, { clients, ms }: Options): Promise<Figures> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const times: number[] = [];
  let failed = 0;
  const end = performance.now() + ms;
  const client = async () => {
    while (performance.now() < end) {
      const start = performance.now();
      if (!(await send(agent, shot()))) failed++;
      times.push(performance.now() - start);
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: clients }, client));
  const seconds = (performance.now() - began) / 1000;
  agent.destroy();
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { perSecond: times.length / seconds, p50: at(0.5), p99: at(0.99), failed };
}

function send(agent: Agent, { method, url, headers, body }: Shot): Promise<boolean> {
  return new Promise((resolve) => {
    const outgoing = request(
      url,
      { method, agent, headers: { ...headers, ...(body && { 'content-length': Buffer.byteLength(body) }) } },
      (answer) => {
        answer.resume();
        answer.on('end', () => resolve((answer.statusCode ?? 500) < 300));
      },
    );
    outgoing.on('error', () => resolve(false));
    outgoing.end(body);
  });
}
