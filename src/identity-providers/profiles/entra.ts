import type { IdpProfile } from './profile.js';

export const entra = {
  name: 'Microsoft Entra ID',
  docs: 'https://learn.microsoft.com/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups',
  scim: {
    tolerances: [
      'filteredReplaceCreates', // emails[type eq "work"].value is replaced before a work email exists
      'managerAsValue', // the manager is a bare id, an array of one, or an empty string
      'keysArePaths', // no path, and keys such as "name.givenName"
      'packedValues', // a JSON string in place of an object
    ],
  },
  // `sub` differs between applications; the tenant and the object id do not. Never use the email address (nOAuth).
  oidc: { subjectClaim: 'oid', tenantClaim: 'tid', verifiedClaims: ['xms_edov'] },
  // Entra sends this attribute in every assertion. The NameID is the userPrincipalName by default, which changes with
  // the name of the user. Entra rejects a request with a Subject (AADSTS900236); login_hint is documented instead.
  saml: { subjectAttribute: 'http://schemas.microsoft.com/identity/claims/objectidentifier', loginHint: 'query' },
} as const satisfies IdpProfile;
