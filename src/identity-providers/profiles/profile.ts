/** Names of the SCIM tolerances. Each is one pure function in scim/tolerances. */
export type ToleranceName =
  | 'filteredReplaceCreates'
  | 'removeMembersByValue'
  | 'removeValuesByValue'
  | 'managerAsValue'
  | 'keysArePaths'
  | 'packedValues'
  | 'managerIdAsValue';

/**
 * The known properties of one IdP product. It contains data only: code uses a property and never the name of the
 * product.
 */
export interface IdpProfile {
  name: string;
  /** The URL of the documentation of its provisioning or sign-in. */
  docs: string;
  scim: { tolerances: readonly ToleranceName[] };
  oidc: {
    /** The claim with the permanent id of the user. */
    subjectClaim: string;
    /** A claim that identifies the tenant and is part of the key of an identity. */
    tenantClaim?: string;
    /** Claims that mark the email address as verified, in addition to `email_verified`. One of them is sufficient. */
    verifiedClaims?: readonly string[];
    /** An issuer that is shared by all tenants: `hd` must identify the tenant. */
    sharedIssuer?: string;
  };
  saml?: {
    /** The attribute with the permanent id of the user, which SCIM sends as `externalId`. Default: the NameID. */
    subjectAttribute?: string;
    /**
     * False if users of the IdP can choose their own address. Default: true. SAML has no claim for a verified address.
     */
    vouchesForEmail?: boolean;
    /**
     * The way in which a sign-in request names the user: by the query parameter `login_hint`, or by the `Subject` of
     * the request (SAML Core section 3.4.1). Default: not sent, because an IdP can reject a request with an unknown
     * subject.
     */
    loginHint?: 'query' | 'subject';
  };
}
