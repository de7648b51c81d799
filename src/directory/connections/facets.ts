import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { Sealed } from '../../kernel/vault.js';

export const jitModes = {
  ENABLED: 'ENABLED',
  UNLESS_SCIM: 'UNLESS_SCIM',
  INVITED: 'INVITED',
  DISABLED: 'DISABLED',
} as const;
registerEnumType(jitModes, {
  name: 'JitMode',
  description: 'Whether a sign-in may create an account. INVITED: only for people who were invited.',
});
export const clientAuthMethods = {
  CLIENT_SECRET_BASIC: 'CLIENT_SECRET_BASIC',
  CLIENT_SECRET_POST: 'CLIENT_SECRET_POST',
  PRIVATE_KEY_JWT: 'PRIVATE_KEY_JWT',
  NONE: 'NONE',
} as const;
/** The method by which a client authenticates at a token endpoint (OpenID Connect Core section 9). */
export type ClientAuthMethod = keyof typeof clientAuthMethods;
registerEnumType(clientAuthMethods, {
  name: 'ClientAuthMethod',
  description: 'How a client proves who it is at the token endpoint.',
});
export const samlBindings = { REDIRECT: 'REDIRECT', POST: 'POST' } as const;
registerEnumType(samlBindings, { name: 'SamlBinding', description: 'How requests reach the IdP.' });

/** Secrets that the server uses itself, each encrypted for its own column and row. */
export interface SealedSecrets {
  clientSecret?: Sealed;
  samlKey?: Sealed;
  /** Certificate of `samlKey` (PEM, not a secret) while the connection has no `saml`. Otherwise `saml` contains it. */
  samlCertificate?: string;
}

/**
 * The OIDC configuration of a connection: the OpenID provider that signs users in, and the client that Rollcall is
 * there.
 */
@ObjectType('OidcFacet', { simpleResolvers: true })
export class OidcFacet {
  @Field(() => Boolean)
  enabled: boolean;
  @Field(() => String)
  issuer: string;
  @Field(() => String)
  clientId: string;
  @Field(() => [String])
  scopes: string[];
  @Field(() => String, {
    description: 'The claim that names the person for ever; "sub" unless the IdP has a better one.',
  })
  subjectClaim: string;
  @Field(() => clientAuthMethods)
  tokenEndpointAuthMethod: Exclude<ClientAuthMethod, 'PRIVATE_KEY_JWT'>;
  @Field(() => [String], {
    description:
      "Google's `hd`: people of these hosted domains only. Its issuer is everybody's, so one is required there.",
  })
  hostedDomains: string[];
}

/** The SAML configuration of a connection: the IdP whose assertions sign users in. */
@ObjectType('SamlFacet', { simpleResolvers: true })
export class SamlFacet {
  @Field(() => Boolean)
  enabled: boolean;
  @Field(() => String)
  idpEntityId: string;
  @Field(() => String)
  ssoUrl: string;
  @Field(() => samlBindings)
  ssoBinding: keyof typeof samlBindings;
  @Field(() => String, { nullable: true, description: 'Where the IdP takes logout requests, when it offers that.' })
  sloUrl: string | null;
  @Field(() => [String], { description: 'PEM certificates of the IdP; several while one is being rotated.' })
  certificates: string[];
  @Field(() => Boolean)
  allowIdpInitiated: boolean;
  @Field(() => String, {
    nullable: true,
    description: 'The attribute that names the person for ever; the NameID unless set.',
  })
  subjectAttribute: string | null;
  @Field(() => String, { nullable: true, description: 'The format of NameID to ask for and to insist on.' })
  nameIdFormat: string | null;
  @Field(() => Boolean, { description: 'Whether requests to the IdP are signed.' })
  signRequests: boolean;
  @Field(() => String, { description: 'The certificate to check our signatures and to encrypt assertions with (PEM).' })
  spCertificate: string;
}

/** The policy for what a validated sign-in can create and change. */
@ObjectType('JitPolicy', { simpleResolvers: true })
export class JitPolicy {
  @Field(() => jitModes)
  mode: keyof typeof jitModes;
  @Field(() => [String], { description: 'Email domains that may create accounts; empty: no list.' })
  allowedDomains: string[];
  @Field(() => Boolean)
  requireVerifiedEmail: boolean;
  @Field(() => Boolean, {
    description:
      "True if the operator vouches that no user of this IdP can choose another user's address. Default: true if the connection signs users in by SAML.",
  })
  vouchesForEmail: boolean;
  /** True if the operator has set `vouchesForEmail`. Otherwise the provider decides, when a facet is first set. */
  vouchesForEmailIsGiven?: boolean;
  @Field(() => Boolean, {
    description: 'Later sign-ins update the profile of accounts that no SCIM connection manages.',
  })
  refreshProfile: boolean;
  @Field(() => Boolean, { description: 'Whether a sign-in opens an account again that dormancy has closed.' })
  reactivateOnSignIn: boolean;
  @Field(() => [String])
  defaultRoles: string[];
  defaultGroupIds: string[];
  @Field(() => [String], { description: 'Groups of the claims, any of which is needed to come in; empty: none.' })
  requiredGroups: string[];
  @Field(() => Boolean, { description: 'Whether losing all of requiredGroups closes the account at the next sign-in.' })
  deprovisionOnGroupLoss: boolean;
  @Field(() => Boolean, {
    description: 'Whether groups of the claims become groups here, with their members. Groups of SCIM are left alone.',
  })
  syncGroups: boolean;
  @Field(() => String, { description: 'The claim or attribute that lists groups.' })
  groupsClaim: string;
  @Field(() => Int, {
    nullable: true,
    description: 'JIT accounts that no SCIM connection manages are deprovisioned after so many days without a sign-in.',
  })
  dormantAfterDays: number | null;
}

/** The policy of a new connection without settings of its own. */
export const defaultPolicy: JitPolicy = {
  mode: 'UNLESS_SCIM',
  allowedDomains: [],
  requireVerifiedEmail: true,
  vouchesForEmail: false,
  refreshProfile: true,
  reactivateOnSignIn: false,
  defaultRoles: [],
  defaultGroupIds: [],
  requiredGroups: [],
  deprovisionOnGroupLoss: false,
  syncGroups: false,
  groupsClaim: 'groups',
  dormantAfterDays: null,
};
