/** Sends one statement, or without values several of them in one transaction, and returns the rows. */
export type Ask = <Row = unknown>(sql: string, values?: unknown[]) => Promise<Row[]>;
