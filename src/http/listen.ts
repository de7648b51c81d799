import type { FastifyInstance, FastifyListenOptions } from 'fastify';

/** The server cannot listen at the address of HOST and PORT. The message says why and what to set. */
export class ListenRefused extends Error {}

/** An address that can be listened on, and the setting to change if not, by the code of the error. */
const reasons: Record<string, [reason: string, fix: string]> = {
  ENOTFOUND: ['this name was not found', 'Set HOST to an address of this machine, 127.0.0.1, or 0.0.0.0 for all'],
  EAI_AGAIN: [
    'this name cannot be looked up now',
    'Set HOST to an address of this machine, 127.0.0.1, or 0.0.0.0 for all',
  ],
  EADDRNOTAVAIL: [
    'this machine has no such address',
    'Set HOST to an address of this machine, 127.0.0.1, or 0.0.0.0 for all',
  ],
  EINVAL: [
    'this address cannot be listened on',
    'Set HOST to an address of this machine, 127.0.0.1, or 0.0.0.0 for all',
  ],
  EACCES: ['this user may not listen at the port', 'Set PORT to one above 1023'],
};

/** Returns why `host` and `port` cannot be listened on, and what to set; null for a cause that is not one of the settings. */
export function whyNotListening(
  error: unknown,
  { host, port }: { host: string; port: number },
): { reason: string; fix: string } | null {
  const [reason, fix] = reasons[String((error as { code?: unknown }).code)] ?? [];
  if (!reason || !fix) return null;
  return { reason: `HOST is "${host}" and PORT is ${port}: ${reason}.`, fix: `${fix}.` };
}

/** Listens. @throws ListenRefused for an address that this machine does not have; other errors as they are */
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
