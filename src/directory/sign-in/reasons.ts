import { type DenialCode, denials } from './denials.js';
import { missingSteps } from './missing-steps.js';

/** Reasons that end a sign-in before its connection is known, or without an entry in its request log. */
const unlogged = {
  SIGN_IN_EXPIRED:
    'The sign-in took too long at your identity provider. Start again from the application, or ask your administrator.',
  NO_SIGN_IN: 'Sign-in is not set up for your organization, or is disabled. Ask your administrator.',
} as const satisfies Record<string, string>;

/** All reasons that end a sign-in: denials, errors of the IdP, and reasons that are not logged. */
export type ReasonCode = DenialCode | keyof typeof unlogged;

/** RFC 6749 section 4.1.2.1, or OpenID Connect Core section 3.1.2.6. */
type OAuthError = 'access_denied' | 'login_required' | 'temporarily_unavailable' | 'server_error';

interface Reason {
  /** The text for the user: what happened, what to do, and whom to ask. */
  person: string;
  /** For the application's developer, in the characters that RFC 6749 section 4.1.2.1 permits: no quotes. */
  application: { error: OAuthError; description: string };
  /** The change to make. In the request log, the cause precedes it. */
  administrator: string;
}

/**
 * The error for the application and the step for the administrator. A new code does not compile until it has a row
 * here.
 */
const rows = {
  ORGANIZATION_DISABLED: ['access_denied', 'The organization is disabled.', 'Enable the organization.'],
  CONNECTION_INACTIVE: ['access_denied', 'The connection of the organization is not active.', missingSteps.ACTIVATE],
  UNSOLICITED: [
    'access_denied',
    'The sign-in began at the identity provider.',
    'Start at the application, or set "initiateLoginUri" of the application and "saml.allowIdpInitiated".',
  ],
  IDP_UNREACHABLE: [
    'temporarily_unavailable',
    'The identity provider of the organization cannot be reached.',
    'Check that the IdP is running and that this server can reach it.',
  ],
  IDP_BUSY: [
    'temporarily_unavailable',
    'The identity provider of the organization is overloaded or under maintenance.',
    'Wait, or check the status page of the IdP.',
  ],
  IDP_FAILED: [
    'server_error',
    'The identity provider of the organization reported an internal error.',
    'Look for this sign-in in the log of the IdP.',
  ],
  IDP_MISCONFIGURED: [
    'server_error',
    'The connection to the identity provider of the organization is not configured correctly.',
    'Correct the connection, or the application at the IdP.',
  ],
  IDP_DECLINED: [
    'access_denied',
    'The sign-in was cancelled at the identity provider, or the identity provider refused it.',
    'Assign the application to the user at the IdP, if the user did not cancel.',
  ],
  IDP_LOGIN_REQUIRED: [
    'login_required',
    'The identity provider requires the user to sign in there first, and showed no page for it.',
    'Allow the IdP to show its pages for this application: a policy of the IdP allows only sign-ins without interaction.',
  ],
  ASSERTION_INVALID: [
    'access_denied',
    'The identity provider sent a sign-in that is not valid.',
    'Correct the configuration at the IdP or of the connection.',
  ],
  GROUP_REQUIRED: ['access_denied', 'The user is not in a group that can sign in.', missingSteps.JOIN_GROUP],
  USER_SUSPENDED: ['access_denied', 'The account of the user is suspended.', missingSteps.UNSUSPEND],
  USER_DEPROVISIONED: [
    'access_denied',
    'The account of the user is closed.',
    'Assign the application to the user again at the IdP, or call reactivateUser.',
  ],
  ACCOUNT_EXISTS: [
    'access_denied',
    'The email address belongs to an account that the sign-in does not prove to be the same user.',
    'Provision the user with the stable id, or verify the domain and assign it to this connection.',
  ],
  LINK_CONFIRMATION_REQUIRED: [
    'access_denied',
    'An administrator must confirm that the existing account belongs to the user.',
    missingSteps.CONFIRM_LINK,
  ],
  INVITATION_CODE_REQUIRED: [
    'access_denied',
    'The user has been invited and must enter the code of the invitation.',
    'The user needs the code from inviteUser.',
  ],
  NOT_PROVISIONED: [
    'access_denied',
    'The user has no account, and the connection creates none at sign-in.',
    'Assign the application to the user at the IdP, or set "jit.mode" to ENABLED.',
  ],
  INVITATION_REQUIRED: ['access_denied', 'The user has not been invited.', missingSteps.INVITE],
  DOMAIN_NOT_ALLOWED: [
    'access_denied',
    'Addresses of the email domain cannot sign in.',
    'Add the domain to "jit.allowedDomains", or assign it to this connection.',
  ],
  EMAIL_UNVERIFIED: [
    'access_denied',
    'The identity provider sent no verified email address.',
    missingSteps.SEND_VERIFIED_EMAIL,
  ],
  SEAT_LIMIT_REACHED: ['access_denied', 'All seats of the organization are taken.', missingSteps.FREE_SEAT],
  SIGN_IN_EXPIRED: [
    'access_denied',
    'The sign-in took longer than ten minutes at the identity provider.',
    'Start the sign-in again.',
  ],
  NO_SIGN_IN: [
    'access_denied',
    'The organization has no active connection for sign-in, or does not exist.',
    'Create or activate a connection of the organization.',
  ],
} as const satisfies Record<ReasonCode, readonly [OAuthError, string, string]>;

/** Returns the texts about an ended sign-in for the user, the application and the administrator. */
export function reasonsOf(code: ReasonCode): Reason {
  const [error, description, administrator] = rows[code];
  const persons: Record<ReasonCode, string> = { ...denials, ...unlogged };
  return { person: persons[code], application: { error, description }, administrator };
}

/** Returns true if `reasonsOf` has texts for the code. */
export const isReasonCode = (code: string): code is ReasonCode => Object.hasOwn(rows, code);

/**
 * Returns the text for the administrator: the cause as a sentence, followed by the change to make, which are the
 * missing steps if they are known.
 */
export function adviceOf(code: ReasonCode, why: string | null, steps: string | null = null): string {
  const { application, administrator } = reasonsOf(code);
  const advice = steps ?? administrator;
  if (why === null || why === '') return `${application.description} ${advice}`;
  const sentence = `${why.charAt(0).toUpperCase()}${why.slice(1)}`;
  return `${sentence}${/[.!?]$/.test(sentence) ? '' : '.'} ${advice}`;
}

/**
 * Errors of OpenID providers (RFC 6749 section 4.1.2.1, OpenID Connect Core section 3.1.2.6), mapped to denial codes.
 */
const ofProviders: Record<string, DenialCode> = {
  access_denied: 'IDP_DECLINED',
  login_required: 'IDP_LOGIN_REQUIRED',
  interaction_required: 'IDP_LOGIN_REQUIRED',
  consent_required: 'IDP_LOGIN_REQUIRED',
  account_selection_required: 'IDP_LOGIN_REQUIRED',
  temporarily_unavailable: 'IDP_BUSY',
  server_error: 'IDP_FAILED',
  invalid_request: 'IDP_MISCONFIGURED',
  unauthorized_client: 'IDP_MISCONFIGURED',
  unsupported_response_type: 'IDP_MISCONFIGURED',
  invalid_scope: 'IDP_MISCONFIGURED',
  invalid_client: 'IDP_MISCONFIGURED',
  request_not_supported: 'IDP_MISCONFIGURED',
  registration_not_supported: 'IDP_MISCONFIGURED',
};

/** Returns the denial code for an error response of an OpenID provider. An unknown error becomes `IDP_FAILED`. */
export const codeOfError = (error: string): DenialCode =>
  Object.hasOwn(ofProviders, error) ? (ofProviders[error] ?? 'IDP_FAILED') : 'IDP_FAILED';
