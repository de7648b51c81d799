import type { FastifyInstance, FastifyListenOptions } from 'fastify';

/** The server cannot listen on HOST and PORT. The message contains the reason and the setting to change. */
export class ListenRefused extends Error {}

/** Reason and fix for each error code of listening. */
const reasons: Record<string, [reason: string, fix: string]> = {
  ENOTFOUND: ['the host name does not exist', 'Set HOST to an address of this machine, 127.0.0.1, or 0.0.0.0 for all'],
  EAI_AGAIN: [
    'the host name cannot be resolved right now',
    'Set HOST to an address of this machine, 127.0.0.1, or 0.0.0.0 for all',
  ],
  EADDRNOTAVAIL: [
    'this machine has no such address',
    'Set HOST to an address of this machine, 127.0.0.1, or 0.0.0.0 for all',
  ],
  EINVAL: [
    'the server cannot listen on this address',
    'Set HOST to an address of this machine, 127.0.0.1, or 0.0.0.0 for all',
  ],
  EACCES: ['the user of the process cannot listen on this port', 'Set PORT to a number above 1023'],
};

/**
 * Returns why the server cannot listen on `host` and `port`, and the setting to change; null if the settings are not
 * the cause.
 */
export function whyNotListening(
  error: unknown,
  { host, port }: { host: string; port: number },
): { reason: string; fix: string } | null {
  const [reason, fix] = reasons[String((error as { code?: unknown }).code)] ?? [];
  if (!reason || !fix) return null;
  return { reason: `HOST is "${host}" and PORT is ${port}: ${reason}.`, fix: `${fix}.` };
}

/** Starts listening. @throws ListenRefused if this machine does not have the address; other errors unchanged */
export async function listen(
  server: Pick<FastifyInstance, 'listen'>,
  options: FastifyListenOptions & { host: string; port: number },
): Promise<void> {
  try {
    await server.listen(options);
  } catch (error) {
    const why = whyNotListening(error, options);
    throw why ? new ListenRefused(`Rollcall cannot start. ${why.reason} ${why.fix}`, { cause: error }) : error;
  }
}
