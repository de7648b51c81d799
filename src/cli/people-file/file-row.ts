/** Row of a file: a user, or the error of the row. */
export interface FileRow {
  /** Line number in the file, starting with 1. */
  line: number;
  user: Record<string, unknown>;
  error: string | null;
}
