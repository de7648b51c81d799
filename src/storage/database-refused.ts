/** PostgreSQL or a database in it cannot be used in its current state. The message contains the reason and the fix. */
export class DatabaseRefused extends Error {}

/** State that works but should be changed: a description and the fix. */
export interface Warning {
  text: string;
  fix: string;
}
