import { type ErrorCode, FilterTooSlow, PublicError } from '../../../kernel/errors.js';
import { FilterSyntax, NotSortable, PathSyntax } from '../../../scim-model/syntax-errors.js';

/** Error keywords of RFC 7644 section 3.12, table 9. */
export type ScimType =
  | 'invalidFilter'
  | 'tooMany'
  | 'uniqueness'
  | 'mutability'
  | 'invalidSyntax'
  | 'invalidPath'
  | 'noTarget'
  | 'invalidValue'
  | 'invalidVers'
  | 'sensitive'
  // RFC 9865 section 2.1.
  | 'invalidCursor'
  | 'expiredCursor'
  | 'invalidCount';

/** Protocol error, with its response by RFC 7644 section 3.12. */
export class ScimError extends Error {
  constructor(
    readonly status: number,
    readonly scimType: ScimType | null,
    detail: string,
  ) {
    super(detail);
  }
}

/** Error for a method that the path does not support (RFC 9110 section 15.5.6). */
export class MethodNotAllowed extends ScimError {
  constructor(
    method: string,
    readonly allow: string,
  ) {
    super(405, null, `This endpoint does not support ${method}. It supports ${allow}.`);
  }
}

interface Row {
  status: number;
  scimType?: ScimType;
}

/**
 * Status and scimType of each error code (RFC 7644 section 3.12, tables 8 and 9). A new ErrorCode requires an entry to
 * compile.
 */
export const scimErrors = {
  NOT_FOUND: { status: 404 },
  UNAUTHENTICATED: { status: 401 },
  FORBIDDEN: { status: 403 },
  BAD_INPUT: { status: 400, scimType: 'invalidValue' },
  USER_NAME_TAKEN: { status: 409, scimType: 'uniqueness' },
  EXTERNAL_ID_TAKEN: { status: 409, scimType: 'uniqueness' },
  DOMAIN_TAKEN: { status: 409, scimType: 'uniqueness' },
  MEMBERSHIP_CYCLE: { status: 400, scimType: 'invalidValue' },
  UNKNOWN_MEMBER: { status: 400, scimType: 'invalidValue' },
  ADOPTION_REFUSED: { status: 403 },
  ADOPTION_CONFLICT: { status: 409, scimType: 'uniqueness' },
  SEAT_LIMIT_REACHED: { status: 403 },
  ACCOUNT_PROTECTED: { status: 403 },
  SIGN_IN_DENIED: { status: 403 },
  CURSOR_INVALID: { status: 400, scimType: 'invalidValue' },
  CURSOR_EXPIRED: { status: 400, scimType: 'invalidValue' },
  SLOW_CONSUMER: { status: 503 },
  CONFLICT: { status: 412 },
  IDEMPOTENCY_KEY_REUSED: { status: 409 },
  IDEMPOTENCY_ANSWER_LOST: { status: 409 },
  UNAVAILABLE: { status: 503 },
  OUTCOME_UNKNOWN: { status: 503 },
} as const satisfies Record<ErrorCode, Row>;

/** Returns the response to an error; null for an internal error. */
export function scimAnswer(error: unknown): (Row & { detail: string }) | null {
  if (error instanceof ScimError) return { ...row(error.status, error.scimType), detail: error.message };
  if (error instanceof FilterSyntax) return { ...row(400, 'invalidFilter'), detail: error.message };
  if (error instanceof PathSyntax) return { ...row(400, 'invalidPath'), detail: error.message };
  if (error instanceof NotSortable) return { ...row(400, 'invalidValue'), detail: error.message };
  if (error instanceof FilterTooSlow) return { ...row(400, 'tooMany'), detail: error.message };
  if (error instanceof PublicError) return { ...scimErrors[error.code], detail: error.message };
  return fromServer(error);
}

const row = (status: number, scimType: ScimType | null): Row => (scimType ? { status, scimType } : { status });

// Errors of the HTTP server before a handler runs: media types, sizes, paths that cannot be decoded.
function fromServer(error: unknown): (Row & { detail: string }) | null {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (!(error instanceof Error) || status >= 500) return null;
  if (status === 413)
    return {
      status,
      detail:
        'The request is too large. A request can have at most 1 MiB; for /Bulk and /Groups 8 MiB and 10,000 members. ' +
        'Send the rest in further requests.',
    };
  if (status === 415) return { status, detail: 'Send the body as application/scim+json or application/json.' };
  return { status, detail: error.message };
}

/** Returns the Error message (RFC 7644 section 3.12). `status` is a string (errata 6893). */
export function errorBody({ status, scimType, detail }: Row & { detail: string }): Record<string, unknown> {
  const schemas = ['urn:ietf:params:scim:api:messages:2.0:Error'];
  return { schemas, status: String(status), ...(scimType && { scimType }), detail };
}

/** Returns the error for a path below `/scim` that is not within the base URL of a connection. */
export const unknownPath = () =>
  new ScimError(404, null, 'This path was not found. The base URL of SCIM is ".../scim/v2/<connection id>".');
