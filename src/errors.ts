/** Every code that a caller can meet. A door maps each of them; a new one does not compile until it has its row there. */
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
  | 'CONFLICT'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'IDEMPOTENCY_ANSWER_LOST'
  | 'UNAVAILABLE'
  | 'OUTCOME_UNKNOWN';

/** An error whose message is written for the caller: it says what is wrong and what to do. */
export abstract class PublicError extends Error {
  abstract readonly code: ErrorCode;
  /** What a program needs beside the code. Never carries a secret or another tenant's data. */
  readonly details: Record<string, unknown> = {};
  /** The input field at fault, as a path of names such as `jit.allowedDomains`; null when it is no single one's. */
  readonly field: string | null = null;
}

/** The id belongs to nothing that the caller may see: it never existed, is gone, or is another organization's. */
export class NotFound extends PublicError {
  readonly code = 'NOT_FOUND';
  constructor(what: string) {
    super(`There is no such ${what}. Check the id, and that the credential belongs to its organization.`);
  }
}

/** No credential, or one that is unknown, expired or revoked. */
export class Unauthenticated extends PublicError {
  readonly code = 'UNAUTHENTICATED';
  constructor(message = 'Send a valid credential in the header "Authorization: Bearer ...".') {
    super(message);
  }
}

/** The caller is known and may not do this. */
export class Forbidden extends PublicError {
  readonly code = 'FORBIDDEN';
  constructor(action: string, need: string) {
    super(`"${action}" is not allowed with this credential: it needs ${need}.`);
  }
}

/** The input is not valid. Its field is the name in quotes with which the message begins, or is given. */
export class BadInput extends PublicError {
  readonly code = 'BAD_INPUT';
  override readonly field: string | null;
  constructor(message: `"${string}" ${string}`);
  /** For a message that does not begin with the field. Null if the fault is not in a field, such as in a header. */
  constructor(message: string, field: string | null);
  constructor(message: string, field?: string | null) {
    super(message);
    this.field = field === undefined ? (/^"([A-Za-z][\w.]*)"/.exec(message)?.[1] ?? null) : field;
  }
}

/** The filter of a list selects by what has no index, in more rows than a request may read. */
export class FilterTooSlow extends BadInput {
  constructor() {
    super(
      'The filter takes too long. Use fewer conditions, or an indexed attribute such as userName or externalId.',
      'filter',
    );
  }
}

/** Another live user of the organization has this userName, compared without case (RFC 7643 section 4.1.1). */
export class UserNameTaken extends PublicError {
  readonly code = 'USER_NAME_TAKEN';
  override readonly field = 'userName';
  constructor(userName: string) {
    super(
      `The userName "${userName}" belongs to another user of this organization. Use another userName, or change that user.`,
    );
  }
}

/** Another resource of the organization or connection has this externalId. */
export class ExternalIdTaken extends PublicError {
  readonly code = 'EXTERNAL_ID_TAKEN';
  override readonly field = 'externalId';
  constructor(externalId: string) {
    super(`The externalId "${externalId}" is already taken.`);
  }
}

/** The domain is claimed already: by this organization, or verified by another one. */
export class DomainTaken extends PublicError {
  readonly code = 'DOMAIN_TAKEN';
  override readonly field = 'domain';
  constructor(domain: string) {
    super(`The domain "${domain}" is already claimed. A domain can be verified for one organization only.`);
  }
}

/** A group would contain itself, directly or through other groups. */
export class MembershipCycle extends PublicError {
  readonly code = 'MEMBERSHIP_CYCLE';
  constructor() {
    super('A group cannot be a member of itself, directly or through other groups.');
  }
}

/** A member value that is no user and no group of this organization. */
export class UnknownMember extends PublicError {
  readonly code = 'UNKNOWN_MEMBER';
  override readonly field = 'memberIds';
  constructor(value: string) {
    super(`The member "${value}" is not a user or group of this directory. Provision it first.`);
  }
}

/** What an IdP wanted to take over: enough for an operator to settle it. */
export interface WantedAccount {
  userId: string;
  account: unknown;
}

/** An IdP tried to take over an account that it does not own (semantics of adoption). */
export class AdoptionRefused extends PublicError {
  readonly code = 'ADOPTION_REFUSED';
  constructor(
    message: string,
    readonly wanted: WantedAccount | null,
  ) {
    super(message);
  }
}

/** A POST for a person who has an account that is not to be taken over by a POST; the message tells how it can be. */
export class AdoptionConflict extends PublicError {
  readonly code = 'ADOPTION_CONFLICT';
  constructor(
    message: string,
    readonly wanted: WantedAccount | null = null,
  ) {
    super(message);
  }
}

/** Every seat of the organization is taken, and its policy lets nobody more in. */
export class SeatLimitReached extends PublicError {
  readonly code = 'SEAT_LIMIT_REACHED';
  constructor(limit: number) {
    super(
      `All ${limit} seats of this organization are taken. Deactivate somebody, or ask the vendor of the application for more seats.`,
    );
    this.details.limit = limit;
  }
}

/** The account is kept for emergencies: no IdP and no rule may close it or take it over. */
export class AccountProtected extends PublicError {
  readonly code = 'ACCOUNT_PROTECTED';
  constructor(readonly why: string) {
    super(`This account is protected: ${why}. An administrator of the application can lift that.`);
  }
}

/** A validated or attempted sign-in was refused. `denial` is the row's code of the decision table. */
export class SignInDenied extends PublicError {
  readonly code = 'SIGN_IN_DENIED';
  constructor(
    readonly denial: string,
    message: string,
  ) {
    super(message);
    // To a caller of the API the row's code is the code of the error.
    this.details.code = denial;
    this.details.denial = denial;
  }
}

/** The cursor was not made by this server for this list. */
export class CursorInvalid extends PublicError {
  readonly code = 'CURSOR_INVALID';
  override readonly field: string;
  /** `field` is the argument of the list. */
  constructor(field = 'after') {
    super(
      'The cursor does not belong to this list. Use a cursor of the same list and organization, or start again without one.',
    );
    this.field = field;
  }
}

/** The cursor is from before a restore or failover, or older than retention: events may be missing behind it. */
export class CursorExpired extends PublicError {
  readonly code = 'CURSOR_EXPIRED';
  constructor(oldest: string, head: string) {
    super(
      'The cursor cannot be continued without a gap. Load Organization.snapshot and follow from its cursor, or take what is left from "oldestCursor".',
    );
    this.details.oldestCursor = oldest;
    this.details.snapshotCursor = head;
  }
}

/** Somebody else has changed it since the caller read it. */
export class Conflict extends PublicError {
  readonly code = 'CONFLICT';
  override readonly field = 'expectedUpdatedAt';
  constructor(updatedAt: Date) {
    super(`It was changed at ${updatedAt.toISOString()}, after you read it. Read it again before you retry.`);
    this.details.updatedAt = updatedAt.toISOString();
  }
}

/** Refuses a change of what is not any more what the caller saw. Absent, nothing is expected. @throws Conflict */
export function expectUnchanged({ updatedAt }: { updatedAt: Date }, expected: Date | null | undefined): void {
  if (expected && expected.getTime() !== updatedAt.getTime()) throw new Conflict(updatedAt);
}

/** The Idempotency-Key came before, with another request. */
export class IdempotencyKeyReused extends PublicError {
  readonly code = 'IDEMPOTENCY_KEY_REUSED';
  constructor() {
    super(
      'This Idempotency-Key was sent with another request within the last 24 hours. Make a new key for a new request.',
    );
  }
}

/** The first request with the key was carried out, and the server went away before it could keep the answer. */
export class IdempotencyAnswerLost extends PublicError {
  readonly code = 'IDEMPOTENCY_ANSWER_LOST';
  constructor() {
    super(
      'The first request with this Idempotency-Key was carried out, once; its answer was lost. Read what is there now.',
    );
  }
}

/** The database does not answer in time. Nothing was written; try again. */
export class Unavailable extends PublicError {
  readonly code = 'UNAVAILABLE';
  /** `cause` is for the log of the operator. It is not shown to callers. */
  constructor(
    message = 'The database does not answer right now. Nothing was changed; try again in a few seconds.',
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A statement took longer than it may. Nothing was written. */
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

/** Returns true if the request found no database or lost it. Where a repeat is safe, the answer is 503 with Retry-After. */
export const isDatabaseLost = (error: unknown): boolean =>
  error instanceof Unavailable || error instanceof OutcomeUnknown;

/** Throws when something is untrue that only a mistake of ours can make untrue. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Invariant broken: ${message}`);
}
