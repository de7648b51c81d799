/** Returns the code of an error: a SQLSTATE, or the system's name, such as EEXIST. Empty if it has none. */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
