/**
 * The text of each denial for the user: what happened, what to do, and whom to ask. It does not reveal how the decision
 * was made.
 */
export const denials = {
  ORGANIZATION_DISABLED: 'Your organization is disabled in this application. Ask the provider of the application.',
  CONNECTION_INACTIVE: 'Sign-in through this identity provider is disabled. Ask your administrator.',
  UNSOLICITED: 'This sign-in was not started by the application. Open the application and sign in from there.',
  IDP_UNREACHABLE:
    'Your identity provider cannot be reached right now. Try again in a minute, or ask your administrator.',
  IDP_BUSY:
    'Your identity provider is overloaded or under maintenance. Try again in a few minutes, or ask your administrator.',
  IDP_FAILED: 'Your identity provider reported an internal error. Try again in a minute, or ask your administrator.',
  IDP_MISCONFIGURED:
    'Sign-in through your identity provider is not set up correctly. Ask your administrator: trying again does not help.',
  IDP_DECLINED:
    'The sign-in was cancelled at your identity provider, or your identity provider does not give you access to this application. Try again, or ask your administrator.',
  IDP_LOGIN_REQUIRED:
    'Your identity provider requires you to sign in there first. Sign in at your identity provider, then try again, or ask your administrator.',
  ASSERTION_INVALID:
    'Your identity provider sent an invalid response. Start the sign-in again from the application, or ask your administrator.',
  GROUP_REQUIRED:
    'Only members of certain groups can sign in, and your identity provider did not list you as a member of one of them. Ask your administrator.',
  USER_SUSPENDED: 'Your account is suspended in this application. Ask the administrator of the application.',
  USER_DEPROVISIONED: 'Your account has been closed. Ask your administrator to reactivate it.',
  ACCOUNT_EXISTS:
    'An account with your email address already exists, and this sign-in does not prove that it is yours. Ask your administrator.',
  LINK_CONFIRMATION_REQUIRED:
    'An account with your email address already exists. Your request is pending: an administrator must confirm that the account is yours.',
  INVITATION_CODE_REQUIRED:
    'You have been invited, but your identity provider does not confirm your email address. Enter the code from your invitation.',
  NOT_PROVISIONED: 'You have no account in this application. Ask your administrator for access.',
  INVITATION_REQUIRED: 'Only invited users can sign in to this application. Ask your administrator for an invitation.',
  DOMAIN_NOT_ALLOWED: 'Email addresses of your domain cannot sign in to this application. Ask your administrator.',
  EMAIL_UNVERIFIED:
    'Your identity provider did not send a verified email address. Verify your address there, or ask your administrator.',
  SEAT_LIMIT_REACHED: 'All seats of your organization are taken. Ask your administrator for a seat.',
} as const satisfies Record<string, string>;

export type DenialCode = keyof typeof denials;
