import { type DenialCode, denials } from '../../../directory/sign-in/denials.js';
import type { ErrorCode } from '../../../kernel/errors.js';

interface Row {
  /** HTTP status if the whole request fails. Errors of single fields are returned with status 200. */
  status: number;
  /** Meaning of the code, and what the caller should do. */
  description: string;
}

/** Codes of directory errors. A new ErrorCode requires an entry to compile. */
const ofDirectory = {
  NOT_FOUND: {
    status: 200,
    description:
      'The object does not exist, or the credential cannot see it. An object of another organization returns the same error.',
  },
  UNAUTHENTICATED: { status: 401, description: 'The credential is missing, unknown, expired or revoked.' },
  FORBIDDEN: { status: 200, description: 'The credential lacks a permission. The message names the required one.' },
  BAD_INPUT: {
    status: 200,
    description: 'An argument or variable is invalid. `field` contains its name, `allowed` the values of an enum.',
  },
  USER_NAME_TAKEN: {
    status: 200,
    description: 'Another existing user of the organization has the userName, compared case-insensitively.',
  },
  EXTERNAL_ID_TAKEN: {
    status: 200,
    description: 'Another organization, or another user of the connection, has the externalId.',
  },
  DOMAIN_TAKEN: {
    status: 200,
    description: 'The domain is already claimed by this organization, or verified by another one.',
  },
  MEMBERSHIP_CYCLE: {
    status: 200,
    description: 'The group would be a member of itself, directly or through other groups.',
  },
  UNKNOWN_MEMBER: { status: 200, description: 'A member is not a user or group of the organization.' },
  ADOPTION_REFUSED: { status: 200, description: 'An IdP tried to adopt a user that it does not own.' },
  ADOPTION_CONFLICT: { status: 200, description: 'The user already exists, and a create request cannot adopt it.' },
  SEAT_LIMIT_REACHED: {
    status: 200,
    description: 'All seats of the organization are taken. `limit` contains their number.',
  },
  ACCOUNT_PROTECTED: {
    status: 200,
    description: 'The account is protected (break-glass). Remove the protection first.',
  },
  SIGN_IN_DENIED: {
    status: 200,
    description: 'A sign-in was denied. Responses contain the code of the denial instead.',
  },
  CURSOR_INVALID: { status: 200, description: 'The cursor does not belong to this list.' },
  CURSOR_EXPIRED: {
    status: 200,
    description:
      'The log does not continue from this cursor: events after it have been deleted, or the database was restored to an earlier time. `oldestCursor` and `snapshotCursor` are the cursors from which to continue.',
  },
  SLOW_CONSUMER: {
    status: 200,
    description:
      'A subscription to `requestReceived` or `attentionChanged` ended because its messages were read too slowly. Subscribe again, and read what you missed with `Connection.requests` or `attention`.',
  },
  CONFLICT: {
    status: 200,
    description:
      'The object was changed after `expectedUpdatedAt`. `updatedAt` contains the time. Read the object again before you retry.',
  },
  IDEMPOTENCY_KEY_REUSED: { status: 422, description: 'The Idempotency-Key was already used for another request.' },
  IDEMPOTENCY_ANSWER_LOST: {
    status: 409,
    description: 'The first request with the key was executed, but its response was lost. Read the current state.',
  },
  UNAVAILABLE: {
    status: 503,
    description: 'The database is not responding. Nothing was changed. Try again in a few seconds.',
  },
  OUTCOME_UNKNOWN: {
    status: 503,
    description:
      'The connection to the database was lost during or after the commit. The change was saved completely or not at all. Do not repeat the mutation ' +
      'unless it had an Idempotency-Key; a repeat with the same key is safe. Otherwise read the current state first. There is no ' +
      '`Retry-After`. SCIM answers 503 with `Retry-After`, because its requests can be repeated ([scim.md](scim.md)).',
  },
} as const satisfies Record<ErrorCode, Row>;

/** Codes of protocol errors, which are found before any field is resolved. */
const ofProtocol = {
  GRAPHQL_PARSE_FAILED: {
    status: 400,
    description: 'The document is not valid GraphQL. `locations` contains the position.',
  },
  GRAPHQL_VALIDATION_FAILED: {
    status: 400,
    description: 'The document does not match the schema. The message describes the error.',
  },
  OPERATION_RESOLUTION_FAILURE: {
    status: 400,
    description: 'The document has several operations. Select one with `operationName`.',
  },
  LIMIT_EXCEEDED: {
    status: 400,
    description:
      'The document exceeds a limit. `limit` contains the name of the limit, `maximum` its value, and `measured` the value of the document.',
  },
  OPERATION_NOT_LISTED: {
    status: 400,
    description: 'The server executes listed operations only, and this operation is not listed.',
  },
  PERSISTED_QUERY_NOT_FOUND: {
    status: 200,
    description: 'The hash is unknown. Send the request again with the document.',
  },
  PERSISTED_QUERY_HASH_MISMATCH: {
    status: 400,
    description:
      'The hash of a persisted query is not the SHA-256 hash of its document. Nothing was executed or stored.',
  },
  PERSISTED_QUERY_NOT_SUPPORTED: { status: 200, description: 'Persisted queries are disabled.' },
  BAD_REQUEST: {
    status: 400,
    description: 'The HTTP request is malformed: its JSON, media type, method, path or size.',
  },
  INTERNAL: {
    status: 500,
    description: 'Internal error. The server log contains it with the `requestId`. Report the id to the operator.',
  },
  TOKEN_EXPIRED: {
    status: 200,
    description:
      'A subscription ended because its credential expired. Connect with a new one and resume after the last cursor.',
  },
  SUBSCRIPTION_REVOKED: { status: 200, description: 'A subscription ended because its credential was revoked.' },
  GOING_AWAY: {
    status: 200,
    description: 'A subscription ended because the server is stopping. Resume after the last cursor.',
  },
} as const satisfies Record<string, Row>;

export type GraphQLCode = ErrorCode | keyof typeof ofProtocol;

/** All values of `extensions.code`, except those of denied sign-ins. */
export const errorCodes: Record<GraphQLCode, Row> = { ...ofDirectory, ...ofProtocol };

/** All codes that callers can receive, in the order of the page. */
export const everyCode: readonly string[] = [...new Set([...Object.keys(errorCodes), ...Object.keys(denials)])];

/** Returns the content of docs/errors.md. */
export function errorsPage(): string {
  const row = ([code, { status, description }]: [string, Row]) => `| \`${code}\` | ${status} | ${description} |`;
  const denial = (code: string) => `| \`${code}\` | ${denials[code as DenialCode]} |`;
  return [
    '# Errors',
    '',
    'Generated by `rollcall errors --write docs/errors.md`. Each error of the GraphQL API has a code in `extensions.code` and the id of its',
    'request in `extensions.requestId`, which the log and the events also contain. `extensions.field` contains the invalid input field. Codes are',
    'stable: programs should distinguish errors by `code` only. `rollcall/client` exports them as the type `ErrorCode`.',
    '',
    'The status applies to a request that fails completely. An error of a single field has status 200, and the other fields are returned.',
    '',
    '| code | status | meaning |',
    '| --- | --- | --- |',
    ...Object.entries(errorCodes).map(row),
    '',
    '## Denied sign-ins',
    '',
    '`signInWithIdToken` returns the code of the denial, also in `extensions.denial`. The message is meant for the user.',
    '',
    '| code | message for the user |',
    '| --- | --- |',
    ...Object.keys(denials).map(denial),
  ].join('\n');
}
