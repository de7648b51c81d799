import type { Command } from 'commander';
import pc from 'picocolors';
import type { EventType, RollcallEvent } from '../../client/index.js';
import { type ApiOptions, clientOf, overApi, said } from '../api.js';

interface Tail extends ApiOptions {
  organization?: string;
  after?: string;
  types?: EventType[];
  limit?: number;
}

/** Adds `rollcall events tail`. */
export function events(program: Command): void {
  const group = program.command('events').description('Read the event log.');
  overApi(group.command('tail'))
    .description('Print new events as they are committed. Reconnects automatically. Stop with Ctrl-C.')
    .option('--organization <id>', 'organization of the log (default: all organizations, with a platform key)')
    .option('--after <cursor>', 'start after this cursor (default: new events only)')
    .option('--types <type...>', 'event types, such as USER_DEPROVISIONED (default: all)')
    .option('--limit <n>', 'number of events after which to exit', Number)
    .addHelpText(
      'after',
      '\nExamples:\n  rollcall events tail --organization org_...\n' +
        '  rollcall events tail --organization org_... --types USER_DEPROVISIONED --json | jq .subjectId',
    )
    .action(said(tail));
}

async function tail(options: Tail): Promise<void> {
  const client = await clientOf(options);
  const { organization: organizationId, after, types, limit = Number.POSITIVE_INFINITY } = options;
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  let printed = 0;
  // The subscription would retry silently: a wrong URL or key must be an error now.
  const start = after ?? (await client.eventCursor({ organizationId }));
  if (after !== undefined) await client.checkCursor(after, { organizationId });
  process.stderr.write(`${pc.dim('Waiting for events. Press Ctrl-C to stop.')}\n`);
  const following = { organizationId, after: start, types, signal: stop.signal, onConnection: printConnection };
  for await (const event of client.events(following)) {
    process.stdout.write(`${options.json ? JSON.stringify(event) : lineOf(event)}\n`);
    if (++printed >= limit) stop.abort();
  }
}

// On standard error, so that the output contains events only.
function printConnection(change: 'lost' | 'restored'): void {
  const text =
    change === 'lost'
      ? 'The connection to the server was lost. Reconnecting.'
      : 'The connection to the server is restored. No event was missed.';
  process.stderr.write(`${pc.dim(text)}\n`);
}

const colours: [RegExp, (text: string) => string][] = [
  [/DEPROVISIONED|DELETED|DENIED|SUSPENDED$/, pc.red],
  [/PROVISIONED|CREATED|REACTIVATED|ADOPTED/, pc.green],
  [/ATTENTION|FAILING|LAGGING|EXCEEDED|MASS_CHANGE/, pc.yellow],
];

/** Returns one event as one line: its position, type, subject and actor. */
function lineOf({ position, occurredAt, type, subjectId, actor, changes, data }: RollcallEvent): string {
  const [, colour] = colours.find(([pattern]) => pattern.test(type)) ?? [null, pc.cyan];
  const name = 'userName' in data && typeof data.userName === 'string' ? data.userName : subjectId;
  const moved = changes.map(({ path }) => path).join(', ');
  const parts = [pc.dim(String(position).padStart(7)), pc.dim(occurredAt), colour(type.padEnd(24)), name];
  return [...parts, pc.dim(`by ${actor.kind}`), ...(moved ? [pc.dim(moved)] : [])].join('  ');
}
