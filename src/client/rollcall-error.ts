import type { ErrorCode } from './error-codes.js';

/** Error in a GraphQL response. */
interface Shown {
  message: string;
  extensions?: Record<string, unknown>;
}

/** The server rejected the request. `code` is that of the first error, such as NOT_FOUND. */
export class RollcallError extends Error {
  constructor(
    message: string,
    /** Error code. `ErrorCode` contains the codes of this release; a later server can use more. */
    readonly code: ErrorCode | (string & {}),
    readonly errors: readonly Shown[],
  ) {
    super(message);
    this.name = 'RollcallError';
  }

  /** Returns the first of the errors, or an error with the message `otherwise` if there is none. */
  static of(errors: readonly Shown[], otherwise: string): RollcallError {
    const [first] = errors;
    return new RollcallError(first?.message ?? otherwise, String(first?.extensions?.code ?? 'INTERNAL'), errors);
  }
}
