import { type DenialCode, denials } from '../../../directory/sign-in/denials.js';
import type { ErrorCode } from '../../../kernel/errors.js';

interface Row {
  /** HTTP status if the whole request fails. Errors of single fields are returned with status 200. */
  status: number;
  /** Meaning of the code, and what the caller should do. */
  says: string;
}

/** Codes of directory errors. A new ErrorCode requires an entry to compile. */
const ofDirectory = {
  NOT_FOUND: {
    status: 200,
    says: "The id belongs to nothing that the credential may see. Another organization's things answer the same.",
  },
  UNAUTHENTICATED: { status: 401, says: 'No credential, or one that is unknown, expired or revoked.' },
  FORBIDDEN: { status: 200, says: 'The credential may not do this; the message names what it needs.' },
  BAD_INPUT: {
    status: 200,
    says: 'An argument or variable cannot be taken. `field` names it, `allowed` lists the values of an enum.',
  },
  USER_NAME_TAKEN: {
    status: 200,
    says: 'Another live user of the organization has the userName, compared without case.',
  },
  EXTERNAL_ID_TAKEN: {
    status: 200,
    says: 'Another organization, or another user of the connection, has the externalId.',
  },
  DOMAIN_TAKEN: {
    status: 200,
    says: 'The domain is claimed by this organization already, or verified by another one.',
  },
  MEMBERSHIP_CYCLE: { status: 200, says: 'The group would contain itself, directly or through others.' },
  UNKNOWN_MEMBER: { status: 200, says: 'A member is no user or group of the organization.' },
  ADOPTION_REFUSED: { status: 200, says: 'An IdP wanted an account that it does not own.' },
  ADOPTION_CONFLICT: { status: 200, says: 'The person has an account that a create does not take over.' },
  SEAT_LIMIT_REACHED: { status: 200, says: 'Every seat is taken; `limit` says how many there are.' },
  ACCOUNT_PROTECTED: { status: 200, says: 'A break-glass account: lift the protection first.' },
  SIGN_IN_DENIED: { status: 200, says: 'A sign-in was refused. Answers carry the code of the denial in its place.' },
  CURSOR_INVALID: { status: 200, says: 'The cursor does not belong to this list.' },
  CURSOR_EXPIRED: {
    status: 200,
    says: 'Events behind the cursor are gone. `oldestCursor` and `snapshotCursor` say where to go on.',
  },
  CONFLICT: {
    status: 200,
    says: 'It was changed after `expectedUpdatedAt`; `updatedAt` says when. Read it again before you retry.',
  },
  IDEMPOTENCY_KEY_REUSED: { status: 422, says: 'The Idempotency-Key came with another request before.' },
  IDEMPOTENCY_ANSWER_LOST: {
    status: 409,
    says: 'The first request with the key was carried out, once, and its answer was lost. Read what is there.',
  },
  UNAVAILABLE: { status: 503, says: 'The database does not answer. Nothing was changed; try again in some seconds.' },
  OUTCOME_UNKNOWN: {
    status: 503,
    says:
      'The database was lost during or after the commit: the change was saved completely or not at all. Do not repeat the mutation ' +
      'unless it had an Idempotency-Key; a repeat with the same key is safe. Otherwise read the current state first. There is no ' +
      '`Retry-After`. SCIM answers 503 with `Retry-After`, because its requests can be repeated ([scim.md](scim.md)).',
  },
} as const satisfies Record<ErrorCode, Row>;

/** Codes of protocol errors, which are found before any field is resolved. */
const ofProtocol = {
  GRAPHQL_PARSE_FAILED: { status: 400, says: 'The document is no GraphQL; `locations` says where.' },
  GRAPHQL_VALIDATION_FAILED: { status: 400, says: 'The document does not fit the schema; the message says what does.' },
  OPERATION_RESOLUTION_FAILURE: {
    status: 400,
    says: 'The document has several operations: name one in `operationName`.',
  },
  LIMIT_EXCEEDED: {
    status: 400,
    says: 'The document asks for too much: `limit` is the name of the limit, `maximum` its value, `measured` what was asked.',
  },
  OPERATION_NOT_LISTED: { status: 400, says: 'The server takes listed operations only, and this one is not listed.' },
  PERSISTED_QUERY_NOT_FOUND: { status: 200, says: 'The hash is not known here: send it once more, with the document.' },
  PERSISTED_QUERY_HASH_MISMATCH: {
    status: 400,
    says: 'The hash of a persisted query is not the SHA-256 hash of its document. Nothing was run or stored.',
  },
  PERSISTED_QUERY_NOT_SUPPORTED: { status: 200, says: 'Persisted queries are off.' },
  BAD_REQUEST: { status: 400, says: 'The HTTP request is malformed: its JSON, media type, method, path or size.' },
  INTERNAL: { status: 500, says: 'Our mistake. The log has it under `requestId`.' },
  TOKEN_EXPIRED: {
    status: 200,
    says: 'A subscription ended because its credential expired. Connect with a new one and resume after the last cursor.',
  },
  SUBSCRIPTION_REVOKED: { status: 200, says: 'A subscription ended because its credential did.' },
  GOING_AWAY: { status: 200, says: 'A subscription ended because the server goes away: resume from the last cursor.' },
} as const satisfies Record<string, Row>;

export type GraphQLCode = ErrorCode | keyof typeof ofProtocol;

/** All values of `extensions.code`, except those of denied sign-ins. */
export const errorCodes: Record<GraphQLCode, Row> = { ...ofDirectory, ...ofProtocol };

/** All codes that callers can receive, in the order of the page. */
export const everyCode: readonly string[] = [...new Set([...Object.keys(errorCodes), ...Object.keys(denials)])];

/** Returns the content of docs/errors.md. */
export function errorsPage(): string {
  const row = ([code, { status, says }]: [string, Row]) => `| \`${code}\` | ${status} | ${says} |`;
  const denial = (code: string) => `| \`${code}\` | ${denials[code as DenialCode]} |`;
  return [
    '# Errors',
    '',
    'Generated by `rollcall errors --write docs/errors.md`. Every error of the GraphQL API has its code in `extensions.code`, the id of its',
    'request in `extensions.requestId` (the log and the events have it too), and the input field at fault in `extensions.field`. Codes are',
    'stable: a program may tell errors apart by them, and by nothing else. `rollcall/client` has them as the type `ErrorCode`.',
    '',
    'The status is that of an answer that fails as a whole. What fails in one field leaves the others, and comes with 200.',
    '',
    '| code | status | what it means |',
    '| --- | --- | --- |',
    ...Object.entries(errorCodes).map(row),
    '',
    '## Denied sign-ins',
    '',
    '`signInWithIdToken` answers with the code of the denial, which is in `extensions.denial` too; the message is for the person.',
    '',
    '| code | what the person is told |',
    '| --- | --- |',
    ...Object.keys(denials).map(denial),
  ].join('\n');
}
