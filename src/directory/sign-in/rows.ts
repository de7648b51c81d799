import type { DenialCode } from './denials.js';

/**
 * The rows of the sign-in decision in their order, with readable names. Events and the API contain the short id
 * (`decisionRow`), which never changes.
 */
export const decisionRows = {
  A1: { name: 'ORGANIZATION_DISABLED', description: 'The organization is disabled.' },
  A2: { name: 'CONNECTION_INACTIVE', description: 'The connection is not active, or its sign-in is off.' },
  A3: { name: 'NOTHING_FROM_THE_IDP', description: 'The IdP could not be reached, or answered with an error.' },
  A5: { name: 'UNSOLICITED', description: 'The sign-in began at the IdP, and the connection does not allow it.' },
  A6: { name: 'INVALID_ASSERTION', description: 'What the IdP sent is not valid, or does not fit the request.' },
  A7: { name: 'REQUIRED_GROUP', description: 'The policy requires a group, and the claims name none of them.' },
  B1: { name: 'KNOWN_SUBJECT', description: 'The subject has signed in through this connection before.' },
  B2: { name: 'STABLE_ID', description: 'The stable id equals the `externalId` of an account.' },
  B3: {
    name: 'EMAIL_OF_THIS_CONNECTION',
    description: 'The email address is that of an account that this connection provisioned by SCIM.',
  },
  B4: {
    name: 'EMAIL_FROM_ELSEWHERE',
    description:
      'The email address is that of an account that another connection, the API, an import or a sign-in created.',
  },
  B5: { name: 'INVITATION', description: 'The email address is that of an invited user.' },
  D1: { name: 'NEW_USERS_OFF', description: 'No account matches, and `jit.mode` is `DISABLED`.' },
  D2: { name: 'NEW_USERS_BY_SCIM', description: 'No account matches, and `jit.mode` leaves new users to SCIM.' },
  D3: { name: 'NEW_USERS_BY_INVITATION', description: 'No account matches, and `jit.mode` is `INVITED`.' },
  D4: { name: 'DOMAIN_NOT_ALLOWED', description: 'No account matches, and the domain of the address is not allowed.' },
  D5: { name: 'EMAIL_UNVERIFIED', description: 'No account matches, and the policy requires a verified address.' },
  D6: { name: 'NO_SEAT', description: 'No account matches, and every seat is taken.' },
  D7: { name: 'NEW_USER', description: 'No account matches, and the policy lets one be created.' },
} as const satisfies Record<string, { name: string; description: string }>;

/** The id of a row, as events contain it. */
export type DecisionRow = keyof typeof decisionRows;

/** Returns the row of a sign-in that ended before a decision. */
export function rowOfRefusal(code: DenialCode): DecisionRow {
  if (code === 'CONNECTION_INACTIVE') return 'A2';
  if (code === 'UNSOLICITED') return 'A5';
  return code.startsWith('IDP_') ? 'A3' : 'A6';
}

/** Returns true for the id of a row. Events of earlier releases can contain other values. */
export const isDecisionRow = (value: unknown): value is DecisionRow =>
  typeof value === 'string' && Object.hasOwn(decisionRows, value);

/** Returns the readable name of a row, such as `EMAIL_OF_THIS_CONNECTION (B3)`. */
export const rowName = (row: DecisionRow): string => `${decisionRows[row].name} (${row})`;
