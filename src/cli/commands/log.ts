import type { Command } from 'commander';
import { readConfig } from '../../config/config.js';
import { environment } from '../environment.js';
import { openExisting } from '../open-existing.js';
import { CannotRun } from '../refuse.js';

/** Adds `rollcall log rotate-epoch`. */
export function log(program: Command): void {
  const group = program.command('log').description('Manage the event log of the database in DATABASE_URL or DATA_DIR.');
  group
    .command('rotate-epoch')
    .description(
      'Start a new epoch of the log, as the last step of a restore. Cursors of events that still exist remain valid.',
    )
    .option('--json', 'print the epochs as JSON')
    .addHelpText(
      'after',
      `
A restore also resets webhook endpoints and named consumers. Their applications can have received later events that no longer
exist. They detect this by the new epoch in webhooks and in Consumer.epoch.

Servers that use PostgreSQL detect the new epoch within one second. If the database is embedded, stop the server first.

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
      throw new CannotRun('The database has pending migrations. Run `rollcall migrate` first.');
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
