/** The identity that a validated sign-in asserts, independent of the protocol. */
export interface Assertion {
  /** The OIDC issuer, or the entityID of the SAML IdP. */
  issuer: string;
  /** The key of the identity within the connection, together with the issuer. */
  subject: string;
  /** The permanent id of the user that equals the `externalId` of SCIM, if the IdP sends one. */
  stableId: string | null;
  email: string | null;
  /** True if the IdP asserts, in a way that the connection accepts, that the address belongs to the user. */
  emailVerified: boolean;
  claims: Record<string, unknown>;
  /**
   * The reason why the userinfo endpoint could not be read, if the ID token alone lacks claims that the connection
   * uses.
   */
  userinfoFault?: string;
  /** Method and time of the authentication if the IdP sends them (`acr`, `amr`, `auth_time`). */
  authentication?: Authentication;
  /**
   * The IdP's id of an assertion that is valid for one use, until the given time. Absent if the protocol prevents
   * replay by other means (a code, a nonce).
   */
  once?: { id: string; until: Date };
}

export interface Authentication {
  acr: string | null;
  amr: string[];
  at: Date | null;
  /** The session at the IdP, by which it can end the session here: `sid` in OIDC, SessionIndex in SAML. */
  idpSession: string | null;
  /**
   * The SAML NameID with its format, as JSON: single logout has to repeat it. `sessions` are further SessionIndexes.
   */
  idpSubject?: string | null;
}

/**
 * The degree to which an email address is trusted to match an account. T0: not trusted. T1: verified. T2: verified by
 * an IdP whose connection owns the domain.
 */
export type EmailTrust = 'T0' | 'T1' | 'T2';
