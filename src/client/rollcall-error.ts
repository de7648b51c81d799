/** An error as GraphQL answers it. */
interface Shown {
  message: string;
  extensions?: Record<string, unknown>;
}

/** The server refused; `code` is the one of the first error, such as NOT_FOUND. */
export class RollcallError extends Error {
  constructor(
    message: string,
    readonly code: string,
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
