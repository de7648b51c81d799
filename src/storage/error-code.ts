/** The code of an error: a SQLSTATE, or the name that the system gives it, such as EEXIST. Empty when it has none. */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
