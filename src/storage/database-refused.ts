/** PostgreSQL, or a database of it, cannot be used as it is. The message says why and what to do. */
export class DatabaseRefused extends Error {}

/** Something that works and should not stay as it is: what it is, and how to mend it. */
export interface Warning {
  text: string;
  fix: string;
}
