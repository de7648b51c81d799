import { type Command, Option } from 'commander';
import { Client, RollcallError } from '../client/index.js';
import { environment } from './environment.js';

/** What a command of the API needs to know of the server, and how it prints. */
export interface ApiOptions {
  url: string;
  key?: string;
  json?: boolean;
}

/** Exit codes of every command. 2 is commander's own, for wrong usage. */
export const exitCodes = { failed: 1, unreachable: 3, refused: 4 } as const;

/** Gives a command the options of the API. Both can stand in the environment instead. */
export const overApi = (command: Command): Command =>
  command
    .addOption(new Option('--url <url>', 'where the server is').env('ROLLCALL_URL').default('http://127.0.0.1:4000'))
    .addOption(new Option('--key <key>', 'an API key').env('ROLLCALL_KEY'))
    .option('--json', 'print JSON, for programs');

/** A client of the server that the options name. @throws RollcallError without a key */
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

/** An action that says in a sentence what went wrong, and ends with the code of its kind. */
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
    return { text: `${error.message} (${error.code})`, code: isRefusal ? exitCodes.refused : exitCodes.failed };
  }
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  const why = (cause as { code?: string } | undefined)?.code;
  if (why || message === 'fetch failed') {
    return {
      text: `The server cannot be reached (${why ?? message}). Check --url, and that it runs.`,
      code: exitCodes.unreachable,
    };
  }
  return { text: message, code: exitCodes.failed };
}

/** Prints a result: as JSON for programs, or as lines of a name and a value for people. */
export function print(result: Record<string, unknown>, { json }: Pick<ApiOptions, 'json'>): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  const shown = Object.entries(result).filter(([, value]) => value !== null && value !== undefined);
  const width = Math.max(...shown.map(([name]) => name.length));
  for (const [name, value] of shown) process.stdout.write(`${name.padEnd(width)}  ${String(value)}\n`);
}
