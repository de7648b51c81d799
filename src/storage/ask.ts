/** Sends one statement, or, without values, several statements in one transaction. Returns the rows. */
export type Ask = <Row = unknown>(sql: string, values?: unknown[]) => Promise<Row[]>;
