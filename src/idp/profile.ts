/** Names of the SCIM tolerances; each is one pure function in scim/tolerances. */
export type ToleranceName =
  | 'filteredReplaceCreates'
  | 'removeMembersByValue'
  | 'removeValuesByValue'
  | 'managerAsValue'
  | 'keysArePaths'
  | 'packedValues'
  | 'managerIdAsValue';

/** What we know of one make of IdP. Data only: the code that acts on it asks for a fact, never for a name. */
export interface IdpProfile {
  name: string;
  /** Where its provisioning or sign-in is documented. */
  docs: string;
  scim: { tolerances: readonly ToleranceName[] };
  oidc: {
    /** The claim that names the person for ever. */
    subjectClaim: string;
    /** A claim that pins the tenant and is part of the key of an identity. */
    tenantClaim?: string;
    /** Claims any of which says `true` that the e-mail is verified, beside `email_verified`. */
    verifiedClaims?: readonly string[];
    /** An issuer that serves every tenant: which tenant it is has to be told by `hd`. */
    sharedIssuer?: string;
  };
  saml?: {
    /** The attribute that names the user permanently, and that SCIM sends as `externalId`. Default: the NameID. */
    subjectAttribute?: string;
    /** False if users of the IdP can choose their own address. Default: true. SAML has no claim for a verified address. */
    vouchesForEmail?: boolean;
    /**
     * How a request for a sign-in names the user: by the query parameter `login_hint`, or by the `Subject` of the request
     * (SAML Core section 3.4.1). Default: not at all, because IdPs may refuse a request with a subject that they do not know.
     */
    loginHint?: 'query' | 'subject';
  };
}
