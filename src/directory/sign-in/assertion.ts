/** What a validated sign-in says of a person, whatever protocol it came by. */
export interface Assertion {
  issuer: string;
  /** The key of the identity within the connection, together with the issuer. */
  subject: string;
  /** The claim that names the person for ever and equals SCIM's externalId, when the IdP sends one. */
  stableId: string | null;
  email: string | null;
  /** The IdP says, in a way that counts for this connection, that the address is the person's own. */
  emailVerified: boolean;
  claims: Record<string, unknown>;
}

/** How far the e-mail can be trusted to match an account. T0: not at all. T1: verified. T2: by an IdP that owns its domain. */
export type EmailTrust = 'T0' | 'T1' | 'T2';
