import { connect, createServer } from 'node:net';
import { whyNotListening } from '../../adapters/web/listen.js';
import type { Config } from '../../config/config.js';
import { broken, doubtful, type Finding, fine } from '../../config/finding.js';

/** Looks up a host name. Tests replace it. */
export type Lookup = (host: string) => Promise<unknown>;

// Hosts that sign-ins through the largest IdPs depend on.
const hosts = ['login.microsoftonline.com', 'accounts.google.com'];

/** Checks that public names can be resolved: metadata, keys and webhooks depend on it. */
export async function checkDns(lookup: Lookup): Promise<Finding[]> {
  const failed = (
    await Promise.all(
      hosts.map((host) =>
        lookup(host).then(
          () => [],
          () => [host],
        ),
      ),
    )
  ).flat();
  if (failed.length === 0) return [fine('outbound DNS', `${hosts.join(' and ')} can be resolved.`)];
  const description = `${failed.join(' and ')} cannot be resolved: metadata and keys of IdPs cannot be fetched, and webhooks cannot be delivered.`;
  return [
    doubtful(
      'outbound DNS',
      description,
      'Configure a DNS resolver for public names, and allow outgoing connections on port 443.',
    ),
  ];
}

/** Checks that the port is free, or already used by Rollcall. */
export async function checkPort({ PORT, HOST }: Config): Promise<Finding[]> {
  const fault = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen(PORT, HOST, () => server.close(() => resolve(null)));
  });
  if (fault === null)
    return [fine('port', PORT === 0 ? `The server can listen on ${HOST}.` : `${HOST}:${PORT} is free.`)];
  const why = whyNotListening(fault, { host: HOST, port: PORT });
  if (why) return [broken('port', why.reason, why.fix)];
  if (fault.code === 'EADDRINUSE' && (await isRollcall(HOST, PORT)))
    return [fine('port', `A Rollcall server is already listening on ${HOST}:${PORT}.`)];
  const description = fault.code === 'EADDRINUSE' ? 'another program uses the port' : (fault.code ?? fault.message);
  const fix =
    fault.code === 'EADDRINUSE'
      ? 'Stop that program, or set PORT to a free port.'
      : 'Set HOST and PORT to an address on which the server can listen.';
  return [broken('port', `The server cannot listen on ${HOST}:${PORT}: ${description}.`, fix)];
}

async function isRollcall(host: string, port: number): Promise<boolean> {
  try {
    const name = host.includes(':') ? `[${host}]` : host === '0.0.0.0' ? '127.0.0.1' : host;
    const answer = await fetch(`http://${name}:${port}/healthz`, { signal: AbortSignal.timeout(2_000) });
    return ((await answer.json()) as { status?: string }).status === 'ok';
  } catch {
    return false;
  }
}

/** Checks that the message bus between nodes is reachable, if one is configured. */
export async function checkNats({ NATS_URL }: Config): Promise<Finding[]> {
  if (!NATS_URL) return [];
  const { hostname, port } = new URL(NATS_URL.reveal());
  const reached = await new Promise<boolean>((resolve) => {
    const socket = connect({ host: hostname, port: Number(port || 4_222), timeout: 2_000 });
    const end = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
  if (reached) return [fine('NATS', `${hostname} is reachable.`)];
  const description = `${hostname} cannot be reached: events reach other nodes up to one second late.`;
  return [
    doubtful(
      'NATS',
      description,
      'Start NATS, or correct NATS_URL. If NATS_URL is unset, PostgreSQL carries the hints.',
    ),
  ];
}
