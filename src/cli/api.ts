import { type Command, Option } from 'commander';
import { Client, RollcallError } from '../client/index.js';
import { environment } from './environment.js';

/** Options of a command that uses the API: the server, the key, and the output format. */
export interface ApiOptions {
  url: string;
  key?: string;
  json?: boolean;
}

/** Exit codes of all commands. Commander itself uses 2, for wrong usage. */
export const exitCodes = { failed: 1, unreachable: 3, refused: 4 } as const;

/** Adds the options of the API to a command. The environment can set both instead. */
export const overApi = (command: Command): Command =>
  command
    .addOption(new Option('--url <url>', 'URL of the server').env('ROLLCALL_URL').default('http://127.0.0.1:4000'))
    .addOption(new Option('--key <key>', 'API key').env('ROLLCALL_KEY'))
    .option('--json', 'print JSON');

/** Returns a client of the server in the options. @throws RollcallError if no key is given */
export async function clientOf({ url, key }: ApiOptions): Promise<Client> {
  const given = key ?? environment().ROLLCALL_ADMIN_KEY;
  if (!given)
    throw new RollcallError(
      'The API key is missing. Pass --key rc_key_..., or set ROLLCALL_KEY.',
      'UNAUTHENTICATED',
      [],
    );
  const { WebSocket } = await import('ws');
  return new Client({ url: url.replace(/\/+$/, ''), key: given, webSocket: WebSocket });
}

/** Wraps an action so that an error is printed as a sentence, and the process exits with the code of its kind. */
export const said =
  <A extends unknown[]>(action: (...given: A) => Promise<void>) =>
  async (...given: A): Promise<void> => {
    try {
      await action(...given);
    } catch (error) {
      const { text, code } = sentenceOf(error);
      process.stderr.write(`${text}\n`);
      process.exitCode = code;
    }
  };

function sentenceOf(error: unknown): { text: string; code: number } {
  if (error instanceof RollcallError) {
    const isRefusal = error.code === 'UNAUTHENTICATED' || error.code === 'FORBIDDEN';
    const isUnknown = error.code === 'UNAUTHENTICATED' && !error.message.startsWith('The API key is missing');
    const message = isUnknown
      ? 'The server does not accept the API key: it is unknown, expired or revoked. Check --key or ROLLCALL_KEY.'
      : error.message;
    return { text: `${message} (${error.code})`, code: isRefusal ? exitCodes.refused : exitCodes.failed };
  }
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  const why = (cause as { code?: string } | undefined)?.code;
  if (why || message === 'fetch failed') {
    return {
      text: `The server cannot be reached (${why ?? message}). Check --url and that the server is running.`,
      code: exitCodes.unreachable,
    };
  }
  return { text: message, code: exitCodes.failed };
}

/** Prints a result: as JSON for programs, or as lines with a name and a value for users. */
export function print(result: Record<string, unknown>, { json }: Pick<ApiOptions, 'json'>): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  const shown = Object.entries(result).filter(([, value]) => value !== null && value !== undefined);
  const width = Math.max(...shown.map(([name]) => name.length));
  for (const [name, value] of shown) process.stdout.write(`${name.padEnd(width)}  ${String(value)}\n`);
}
