import type { UserId } from '../../kernel/ids.js';
import type { JitPolicy } from '../connections/facets.js';
import type { OrganizationStatus } from '../organizations/organization.js';
import type { DeprovisionReason, Origin, UserStatus } from '../users/user.js';
import type { EmailTrust } from './assertion.js';

/** An account that the assertion can refer to. */
export interface Candidate {
  userId: UserId;
  status: UserStatus;
  tombstone: boolean;
  /** The SCIM connection that manages the account or managed it: this one, another, or none. */
  scim: 'HERE' | 'ELSEWHERE' | null;
  /** The origin of the account. */
  origin: Origin;
  deprovisionReason: DeprovisionReason | null;
  /** True if the account has an administrative role or is protected. */
  administrative: boolean;
  /** True if the account has another subject on this connection. */
  hasOtherSubject: boolean;
  externalId: string | null;
  /**
   * True if this connection owns the domain of the address, and the SCIM connection that manages the account does not.
   */
  managedByStranger: boolean;
  /**
   * True if this connection does not own the domain of the account's address, and a connection that owns it has signed
   * in or manages the account.
   */
  ownedElsewhere: boolean;
  /**
   * The invitation of a PENDING account. It is for this connection if it names the connection, or if it names none
   * (`isForAny`). `codeShown` is true if the user has presented its code.
   */
  invitation: { isForThis: boolean; isForAny: boolean; codeShown: boolean } | null;
}

/** The complete input of the decision: states, matching accounts, and the policy for new users. */
export interface Known {
  organization: OrganizationStatus;
  connection: 'ACTIVE' | 'INACTIVE' | 'DRAFT';
  facet: boolean;
  stableId: string | null;
  trust: EmailTrust;
  hasEmail: boolean;
  /** True if the domain of the address is VERIFIED and assigned to this connection. */
  ownsDomain: boolean;
  /**
   * True if the domain of the address (or of the subject, if there is no address) is VERIFIED and assigned, but not to
   * this connection.
   */
  domainOfAnother: boolean;
  /** True if the domain was assigned to connections that have all been deleted. */
  domainOfNone: boolean;
  /** False if the policy requires groups and the claims contain none of them. */
  hasRequiredGroup: boolean;
  /** True if the IdP did not send the groups, so the user can be in a required group. */
  groupsUnknown: boolean;
  bySubject: Candidate | null;
  byStableId: Candidate | null;
  byEmail: Candidate | null;
  policy: {
    mode: JitPolicy['mode'];
    provisionsByScim: boolean;
    domainAllowed: boolean;
    requireVerifiedEmail: boolean;
    reactivateOnSignIn: boolean;
    deprovisionOnGroupLoss: boolean;
    seatFree: boolean;
  };
}
