import type { ErrorCode } from './error-codes.js';

/** An error as GraphQL answers it. */
interface Shown {
  message: string;
  extensions?: Record<string, unknown>;
}

/** The server refused; `code` is the one of the first error, such as NOT_FOUND. */
export class RollcallError extends Error {
  constructor(
    message: string,
    /** What it is: `ErrorCode` has those of this release, and a later server may know more. */
    readonly code: ErrorCode | (string & {}),
    readonly errors: readonly Shown[],
  ) {
    super(message);
    this.name = 'RollcallError';
  }

  /** The first of the errors, or `otherwise` when there is none. */
  static of(errors: readonly Shown[], otherwise: string): RollcallError {
    const [first] = errors;
    return new RollcallError(first?.message ?? otherwise, String(first?.extensions?.code ?? 'INTERNAL'), errors);
  }
}
