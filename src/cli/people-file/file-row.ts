/** One row of a file: a person, or the error of the row. */
export interface FileRow {
  /** Line of the file, from 1. */
  line: number;
  user: Record<string, unknown>;
  error: string | null;
}
