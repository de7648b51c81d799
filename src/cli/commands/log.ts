import type { Command } from 'commander';
import { readConfig } from '../../config/config.js';
import { environment } from '../environment.js';
import { openExisting } from '../open-existing.js';
import { CannotRun } from '../refuse.js';

/** Adds `rollcall log rotate-epoch`. */
export function log(program: Command): void {
  const group = program
    .command('log')
    .description('The event log of the database that DATABASE_URL or DATA_DIR names.');
  group
    .command('rotate-epoch')
    .description(
      'Begin a new epoch of the log: the last step of a restore. Cursors of events that are still there go on.',
    )
    .option('--json', 'print the epochs as JSON, for programs')
    .addHelpText(
      'after',
      `
A restore puts back webhook endpoints and named consumers with the log. Their applications may have seen events since that are
gone. The new epoch in webhooks and in Consumer.epoch tells them to check.

Servers that run on PostgreSQL notice within a second. Stop the server first if the database is the embedded one.

Example:
  rollcall log rotate-epoch`,
    )
    .action(rotate);
}

async function rotate({ json }: { json?: boolean }): Promise<void> {
  const { pendingMigrations } = await import('../../storage/migrate.js');
  const { rotateEpoch } = await import('../../events/epoch.js');
  const { Session } = await import('../../storage/session.js');
  const engine = await openExisting(readConfig(environment()));
  try {
    if ((await pendingMigrations(engine)).length > 0) {
      throw new CannotRun('The database is not up to date. Run `rollcall migrate` first.');
    }
    const owner = await engine.connect('owner');
    try {
      const epochs = await rotateEpoch(Session.of(owner));
      if (json) process.stdout.write(`${JSON.stringify(epochs)}\n`);
      else process.stdout.write(`before: ${epochs.before ?? 'none'}\nafter:  ${epochs.after}\n`);
    } finally {
      await owner.destroy();
    }
  } finally {
    await engine.close();
  }
}
