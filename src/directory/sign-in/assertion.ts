/** What a validated sign-in says of a person, whatever protocol it came by. */
export interface Assertion {
  /** The OIDC issuer, or the entityID of the SAML IdP. */
  issuer: string;
  /** The key of the identity within the connection, together with the issuer. */
  subject: string;
  /** The claim that names the person for ever and equals SCIM's externalId, when the IdP sends one. */
  stableId: string | null;
  email: string | null;
  /** The IdP says, in a way that counts for this connection, that the address is the person's own. */
  emailVerified: boolean;
  claims: Record<string, unknown>;
  /** Why the userinfo endpoint could not be read, where the ID token alone lacks claims that the connection uses. */
  userinfoFault?: string;
  /** How and when the person proved who they are, as far as the IdP says (`acr`, `amr`, `auth_time`). */
  authentication?: Authentication;
  /** Good for one use until then; the IdP's id of it. Absent where the protocol has other means (a code, a nonce). */
  once?: { id: string; until: Date };
}

export interface Authentication {
  acr: string | null;
  amr: string[];
  at: Date | null;
  /** The IdP's own session, by which it ends ours: OIDC's `sid`, SAML's SessionIndex. */
  idpSession: string | null;
  /** SAML's NameID with its format, as JSON: single logout has to repeat it. `sessions` are further SessionIndexes. */
  idpSubject?: string | null;
}

/** How far the e-mail can be trusted to match an account. T0: not at all. T1: verified. T2: by an IdP that owns its domain. */
export type EmailTrust = 'T0' | 'T1' | 'T2';
