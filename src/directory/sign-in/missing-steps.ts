import type { DeprovisionReason } from '../users/user.js';

/** The connection that manages an account by SCIM. */
export interface Manager {
  id: string;
  name: string;
  state: 'ACTIVE' | 'INACTIVE' | 'DRAFT';
  scim: boolean;
}

/** A domain in which this connection is not trusted with addresses. */
export interface MissingDomain {
  name: string;
  /** Null if the organization has not added it. */
  id: string | null;
  isVerified: boolean;
  /** True if every connection can create users in the domain, because it is assigned to none. */
  isOpen: boolean;
  /** The connections to which it is assigned now. `assignDomain` removes those that its list does not contain. */
  connectionIds: readonly string[];
  /** All connections that need the domain: the assigned ones, this one, and the one that manages the account. */
  needed: readonly string[];
}

/** The data of the organization that the texts of the steps contain. */
export interface Facts {
  domains: readonly MissingDomain[];
  /** The domain of the address that the IdP has sent. */
  domain: string;
  allowedDomains: readonly string[];
  deprovisionReason: DeprovisionReason | null;
  /** Null if the connection of the sign-in or no connection manages the account. */
  otherManager: Manager | null;
  /**
   * The manager of the account if it does not accept SCIM requests. An assignment at the IdP then has no effect until
   * the connection is activated and SCIM is enabled. Otherwise null.
   */
  deafManager: Manager | null;
}

/**
 * The steps after which a denied user can sign in, for the administrator of the organization. A denial contains exactly
 * the steps that are missing: advice must neither repeat what is configured nor be incomplete.
 */
export const missingSteps = {
  ACTIVATE: 'Activate the connection.',
  ENABLE_SIGN_IN: 'Set "enabled" of "oidc" or "saml" to true, or configure one of them if the connection has none.',
  JOIN_GROUP: 'Add the user to a group of "jit.requiredGroups", or configure the IdP to send the groups.',
  UNSUSPEND: 'Call unsuspendUser to remove the suspension.',
  OWN_DOMAIN: ({ domains }: Facts): string => domains.map(ownDomain).join(' '),
  ALLOW_DOMAIN: allowDomain,
  SEND_EMAIL: 'Configure the IdP to send an email address: "jit.allowedDomains" accepts only users with an address.',
  SEND_OTHER_NAME:
    'The userName of another account equals the subject of the sign-in. Configure the IdP to send an email address.',
  VERIFY_EMAIL: 'Configure the IdP to send the address as verified, or set "jit.trustsEmail".',
  SEND_VERIFIED_EMAIL: 'Configure the IdP to send a verified address, or set "jit.trustsEmail".',
  SAME_STABLE_ID:
    'The stable id of the sign-in differs from the externalId of the account. Configure the IdP to send the same value in both: see "oidc.subjectClaim" and "saml.subjectAttribute". If the user is another person, change the address of the account.',
  SAME_SUBJECT:
    'The user of the account has signed in with another subject of this IdP. Configure the IdP to send that subject again, or set "oidc.subjectClaim" or "saml.subjectAttribute" to a value that stays the same. If the user is another person, change the address of the account.',
  LIFT_PROTECTION:
    'The account is protected or has an administrative role, so an email address alone gives no access to it. Remove the role, or the protection with protectUser, until the user has signed in through this connection once.',
  CONFIRM_LINK: 'Resolve the request of the sign-in in Connection.pendingLinks with resolveLink.',
  REACTIVATE: ({ deprovisionReason: reason }: Facts): string =>
    `${causes[reason ?? 'API']} Call reactivateUser: an assignment at the IdP does not reactivate the account.`,
  REACTIVATE_ON_SIGN_IN:
    'The account was closed because it was unused. Call reactivateUser, or set "jit.reactivateOnSignIn".',
  ASSIGN_AT_IDP: assignAtIdp,
  ASSIGN_OR_ENABLE:
    'Assign the application to the user at the IdP, so that SCIM creates the account, or set "jit.mode" to ENABLED.',
  ENABLE_JIT_OR_SCIM:
    'Set "jit.mode" to ENABLED. Or set "scim" to true, enter the base URL and the token at the IdP, and assign the application to the user there.',
  WITH_ENABLED: 'With "jit.mode" ENABLED, the sign-in also requires:',
  INVITE: 'Invite the user with inviteUser.',
  FREE_SEAT: 'Deactivate a user, or increase "seatLimit" of the organization.',
} as const satisfies Record<string, string | ((facts: Facts) => string)>;

/** The name of a missing step. */
export type MissingStep = keyof typeof missingSteps;

/** Returns the text of the steps, in their order. */
export const inWords = (steps: readonly MissingStep[], facts: Facts): string =>
  [...new Set(steps)]
    .map((step) => {
      const text: string | ((facts: Facts) => string) = missingSteps[step];
      return typeof text === 'string' ? text : text(facts);
    })
    .join(' ');

const causes = {
  API: 'The account was closed by deprovisionUser.',
  CONNECTION_DELETED: 'The account was closed when the connection that managed it was deleted.',
  DORMANT: 'The account was closed because it was unused.',
  IDP_DEACTIVATED: 'The account was closed by a message of the IdP.',
  IDP_DELETED: 'The account was closed by an IdP whose connection no longer manages it.',
  SIGN_IN_GROUP_LOST: 'The account is closed when its user loses all of "jit.requiredGroups".',
} as const satisfies Record<DeprovisionReason, string>;

const listOf = (values: readonly string[]): string => JSON.stringify(values).replaceAll('","', '", "');

function ownDomain({ name, id, isVerified, isOpen, connectionIds, needed }: MissingDomain): string {
  const list = listOf(needed);
  if (id === null)
    return `Add the domain with addDomain(domain: "${name}", connectionIds: ${list}). Then publish its TXT record and call verifyDomain.`;
  const isAssigned = needed.every((one) => connectionIds.includes(one));
  const assign = `Add this connection to the domain "${name}" with assignDomain(id: "${id}", connectionIds: ${list}). The list replaces the previous one.`;
  const others = isOpen ? ' Connections that are not in the list can no longer create users in the domain.' : '';
  const verify = `Publish the TXT record of the domain "${name}" and call verifyDomain(id: "${id}").`;
  return [!isAssigned && `${assign}${others}`, !isVerified && verify].filter(Boolean).join(' ');
}

function allowDomain({ domain, allowedDomains }: Facts): string {
  const isListed = allowedDomains.length > 0;
  const list = listOf([...allowedDomains, domain]);
  const others = isListed
    ? 'The list replaces the previous one.'
    : 'Users of other domains are then rejected, so add the domains of your other users.';
  return `Set "jit.allowedDomains" to ${list}. ${others}`;
}

function assignAtIdp({ otherManager, deafManager }: Facts): string {
  const cause = otherManager
    ? `The connection "${otherManager.name}" (${otherManager.id}) has closed the account by SCIM.`
    : 'The IdP has closed the account by SCIM.';
  const assign = otherManager
    ? 'Assign the application to the user again at its IdP, so that it is provisioned, or call reactivateUser.'
    : 'Assign the application to the user again there, so that it is provisioned, or call reactivateUser.';
  if (!deafManager) return `${cause} ${assign}`;
  const { state, scim } = deafManager;
  const isOff = [state !== 'ACTIVE' && `is ${state}`, !scim && 'has SCIM disabled'].filter(Boolean).join(' and ');
  const on = [
    state !== 'ACTIVE' && 'set "state" to ACTIVE',
    !scim && 'set "scim" to true and enter the new token at the IdP',
  ];
  return `${cause} That connection ${isOff}, so it receives no assignment. Call reactivateUser, or ${on.filter(Boolean).join(', ')} and assign the application to the user again.`;
}
