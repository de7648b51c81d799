/**
 * The text of each denial for the user: what happened, what to do, and whom to ask. It does not reveal how the decision
 * was made.
 */
export const denials = {
  ORGANIZATION_DISABLED: 'Your organization is switched off in this application. Ask the vendor of the application.',
  CONNECTION_INACTIVE: 'Sign-in through this identity provider is switched off. Ask your administrator.',
  UNSOLICITED: 'This sign-in was not started by the application. Open the application and sign in from there.',
  IDP_UNREACHABLE:
    'Your identity provider cannot be reached right now. Try again in a minute, or ask your administrator.',
  IDP_BUSY:
    'Your identity provider is overloaded or under maintenance. Try again in a few minutes, or ask your administrator.',
  IDP_FAILED: 'Your identity provider reported an error of its own. Try again in a minute, or ask your administrator.',
  IDP_MISCONFIGURED:
    'Sign-in through your identity provider is not set up correctly. Ask your administrator: trying again does not help.',
  IDP_DECLINED:
    'The sign-in was cancelled at your identity provider, or it does not let you use this application. Try again, or ask your administrator.',
  IDP_LOGIN_REQUIRED:
    'Your identity provider needs you to sign in there first. Sign in at your identity provider, then try again, or ask your administrator.',
  ASSERTION_INVALID:
    'The identity provider sent a sign-in that cannot be accepted. Try again from the start, or ask your administrator.',
  GROUP_REQUIRED:
    'Only members of certain groups can sign in, and your identity provider did not show that you are in one of them. Ask your administrator.',
  USER_SUSPENDED: 'Your account is suspended in this application. Ask the administrator of the application.',
  USER_DEPROVISIONED: 'Your account has been closed. Ask your administrator to open it again.',
  ACCOUNT_EXISTS:
    'An account with your email address exists and could not be proved to be yours. Ask your administrator.',
  LINK_CONFIRMATION_REQUIRED:
    'An account with your email address exists. An administrator has to confirm that it is yours; your request is waiting.',
  INVITATION_CODE_REQUIRED:
    'You have been invited. Enter the code from your invitation: your identity provider does not confirm your address.',
  NOT_PROVISIONED: 'You have no account yet. Ask your administrator to give you access.',
  INVITATION_REQUIRED: 'This application takes invited people only. Ask your administrator for an invitation.',
  DOMAIN_NOT_ALLOWED: 'Addresses of your email domain cannot sign in here. Ask your administrator.',
  EMAIL_UNVERIFIED:
    'Your identity provider did not send a verified email address. Verify your address there, or ask your administrator.',
  SEAT_LIMIT_REACHED: 'Every seat of your organization is taken. Ask your administrator for one.',
} as const satisfies Record<string, string>;

export type DenialCode = keyof typeof denials;
