/**
 * Error codes that callers can receive. Each entry point maps all of them: a new code does not compile until it has an
 * entry there.
 */
export type ErrorCode =
  | 'NOT_FOUND'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'BAD_INPUT'
  | 'USER_NAME_TAKEN'
  | 'EXTERNAL_ID_TAKEN'
  | 'DOMAIN_TAKEN'
  | 'MEMBERSHIP_CYCLE'
  | 'UNKNOWN_MEMBER'
  | 'ADOPTION_REFUSED'
  | 'ADOPTION_CONFLICT'
  | 'SEAT_LIMIT_REACHED'
  | 'ACCOUNT_PROTECTED'
  | 'SIGN_IN_DENIED'
  | 'CURSOR_INVALID'
  | 'CURSOR_EXPIRED'
  | 'SLOW_CONSUMER'
  | 'CONFLICT'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'IDEMPOTENCY_ANSWER_LOST'
  | 'UNAVAILABLE'
  | 'OUTCOME_UNKNOWN';

/** Error with a message for the caller, which states what is wrong and what to do. */
export abstract class PublicError extends Error {
  abstract readonly code: ErrorCode;
  /** Machine-readable details in addition to the code. They never contain a secret or data of another tenant. */
  readonly details: Record<string, unknown> = {};
  /**
   * Invalid input field, as a path of names such as `jit.allowedDomains`; null if the error does not concern a single
   * field.
   */
  readonly field: string | null = null;
}

/** The caller can see no object with this id: it does not exist, was deleted, or belongs to another organization. */
export class NotFound extends PublicError {
  readonly code = 'NOT_FOUND';
  constructor(what: string) {
    super(`The ${what} was not found. Check the id, and that the credential can see it.`);
  }
}

/** The credential is missing, unknown, expired or revoked. */
export class Unauthenticated extends PublicError {
  readonly code = 'UNAUTHENTICATED';
  constructor(message = 'Send a valid credential in the header "Authorization: Bearer ...".') {
    super(message);
  }
}

/** The caller is authenticated but lacks the permission. */
export class Forbidden extends PublicError {
  readonly code = 'FORBIDDEN';
  /** `doing` completes the sentence "This credential cannot ...", such as "suspend users". */
  constructor(
    doing: string,
    readonly need: string,
  ) {
    super(`This credential cannot ${doing}. It needs ${need}.`);
  }
}

/** The input is invalid. The field is passed separately, or is the quoted name at the start of the message. */
export class BadInput extends PublicError {
  readonly code = 'BAD_INPUT';
  override readonly field: string | null;
  constructor(message: `"${string}" ${string}`);
  /** For a message that does not begin with the field. Null if the error is not in a field, such as in a header. */
  constructor(message: string, field: string | null);
  constructor(message: string, field?: string | null) {
    super(message);
    this.field = field === undefined ? (/^"([A-Za-z][\w.]*)"/.exec(message)?.[1] ?? null) : field;
  }
}

/** The filter of a list uses an attribute without an index, on more rows than a request can read. */
export class FilterTooSlow extends BadInput {
  constructor() {
    super(
      'The filter takes too long. Use fewer conditions, or an indexed attribute such as userName or externalId.',
      'filter',
    );
  }
}

/**
 * Another existing user of the organization has this userName, compared case-insensitively (RFC 7643 section 4.1.1).
 */
export class UserNameTaken extends PublicError {
  readonly code = 'USER_NAME_TAKEN';
  override readonly field = 'userName';
  constructor(userName: string) {
    super(
      `The userName "${userName}" is already used by another user of this organization. Use another userName, or change that user.`,
    );
  }
}

/** Another resource of the organization or connection has this externalId. */
export class ExternalIdTaken extends PublicError {
  readonly code = 'EXTERNAL_ID_TAKEN';
  override readonly field = 'externalId';
  constructor(externalId: string) {
    super(`The externalId "${externalId}" is already used by another object.`);
  }
}

/** The domain is already claimed by this organization, or verified by another one. */
export class DomainTaken extends PublicError {
  readonly code = 'DOMAIN_TAKEN';
  override readonly field = 'domain';
  constructor(domain: string) {
    super(`The domain "${domain}" is already claimed by this organization or verified by another one.`);
  }
}

/** A group would contain itself, directly or through other groups. */
export class MembershipCycle extends PublicError {
  readonly code = 'MEMBERSHIP_CYCLE';
  constructor() {
    super('A group cannot be a member of itself, directly or through other groups.');
  }
}

/** The value of a member is not a user or group of this organization. */
export class UnknownMember extends PublicError {
  readonly code = 'UNKNOWN_MEMBER';
  override readonly field = 'memberIds';
  constructor(value: string) {
    super(`The member "${value}" is not a user or group of this organization. Provision it first.`);
  }
}

/** User and account of a refused adoption, with the data that an operator needs to resolve it. */
export interface WantedAccount {
  userId: string;
  account: unknown;
}

/** An IdP tried to adopt a user that its connection does not own (docs/scim.md). */
export class AdoptionRefused extends PublicError {
  readonly code = 'ADOPTION_REFUSED';
  constructor(
    message: string,
    readonly wanted: WantedAccount | null,
  ) {
    super(message);
  }
}

/** A POST refers to a user that a POST cannot adopt. The message describes how the IdP can adopt it. */
export class AdoptionConflict extends PublicError {
  readonly code = 'ADOPTION_CONFLICT';
  constructor(
    message: string,
    readonly wanted: WantedAccount | null = null,
  ) {
    super(message);
  }
}

/** All seats of the organization are taken, and its policy allows no more users. */
export class SeatLimitReached extends PublicError {
  readonly code = 'SEAT_LIMIT_REACHED';
  constructor(limit: number) {
    super(
      `All ${limit} seats of this organization are taken. Deactivate a user, or ask the provider of the application for more seats.`,
    );
    this.details.limit = limit;
  }
}

/** The account is protected (break-glass): no IdP and no rule can close or adopt it. */
export class AccountProtected extends PublicError {
  readonly code = 'ACCOUNT_PROTECTED';
  constructor(readonly why: string) {
    super(`This account is protected: ${why}. An administrator of the application can remove the protection.`);
  }
}

/** A sign-in was denied. `denial` is the code of the row in the decision table. */
export class SignInDenied extends PublicError {
  readonly code = 'SIGN_IN_DENIED';
  constructor(
    readonly denial: string,
    message: string,
  ) {
    super(message);
    // Callers of the API receive the code of the row as the error code.
    this.details.code = denial;
    this.details.denial = denial;
  }
}

/** This server did not issue the cursor for this list. */
export class CursorInvalid extends PublicError {
  readonly code = 'CURSOR_INVALID';
  override readonly field: string;
  /** `field` is the argument that contains the cursor. */
  constructor(field = 'after') {
    super('The cursor does not belong to this list. Start again without a cursor.');
    this.field = field;
  }
}

/**
 * The cursor was issued before a restore or failover, or is older than the retention time: events after it can be
 * missing.
 */
export class CursorExpired extends PublicError {
  readonly code = 'CURSOR_EXPIRED';
  constructor(oldest: string, head: string) {
    super(
      'The log does not continue from this cursor: events after it have been deleted, or the database was restored to an earlier time. Load Organization.snapshot and continue after its cursor, or continue after "oldestCursor", where events can be missing or repeated.',
    );
    this.details.oldestCursor = oldest;
    this.details.snapshotCursor = head;
  }
}

/** The object was changed after the caller read it. */
export class Conflict extends PublicError {
  readonly code = 'CONFLICT';
  override readonly field = 'expectedUpdatedAt';
  constructor(updatedAt: Date) {
    super(`The object was changed at ${updatedAt.toISOString()}, after you read it. Read it again before you retry.`);
    this.details.updatedAt = updatedAt.toISOString();
  }
}

/**
 * Checks that the object is unchanged since the caller read it. Without `expected`, no check is made. @throws Conflict
 */
export function expectUnchanged({ updatedAt }: { updatedAt: Date }, expected: Date | null | undefined): void {
  if (expected && expected.getTime() !== updatedAt.getTime()) throw new Conflict(updatedAt);
}

/** The Idempotency-Key was already used for another request. */
export class IdempotencyKeyReused extends PublicError {
  readonly code = 'IDEMPOTENCY_KEY_REUSED';
  constructor() {
    super(
      'This Idempotency-Key was already used for another request in the last 24 hours. Use a new key for each request.',
    );
  }
}

/** The first request with the key was executed, but its response could not be stored. */
export class IdempotencyAnswerLost extends PublicError {
  readonly code = 'IDEMPOTENCY_ANSWER_LOST';
  constructor() {
    super(
      'The first request with this Idempotency-Key was executed, but its response was lost. Read the current state before you retry.',
    );
  }
}

/** The database did not respond in time. Nothing was written, and a retry is safe. */
export class Unavailable extends PublicError {
  readonly code = 'UNAVAILABLE';
  /** `cause` is for the operator's log. It is not shown to callers. */
  constructor(
    message = 'The database is not responding. Nothing was changed. Try again in a few seconds.',
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A statement exceeded its time limit. Nothing was written. */
export class StatementTimeout extends Unavailable {}

/** The connection to the database was lost during a commit, and the outcome could not be read afterwards. */
export class OutcomeUnknown extends PublicError {
  readonly code = 'OUTCOME_UNKNOWN';
  constructor(
    message = 'The connection to the database was lost during the commit. The change was saved completely or not at all. Read the current state before you retry.',
  ) {
    super(message);
  }
}

/**
 * Returns true if the database was unavailable, or the connection to it was lost. The adapters answer 503, with
 * Retry-After if a repeat is safe.
 */
export const isDatabaseLost = (error: unknown): boolean =>
  error instanceof Unavailable || error instanceof OutcomeUnknown;

/** Throws if a condition is false that can be false only because of an internal error. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Invariant broken: ${message}`);
}
