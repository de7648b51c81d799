import type { IdpProfile } from './profile.js';

export const entra = {
  name: 'Microsoft Entra ID',
  docs: 'https://learn.microsoft.com/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups',
  scim: {
    tolerances: [
      'filteredReplaceCreates', // emails[type eq "work"].value replaced before any work e-mail exists
      'managerAsValue', // the manager as a bare id, an array of one, or an empty string
      'keysArePaths', // no path, and keys such as "name.givenName"
      'packedValues', // a JSON string where an object is meant
    ],
  },
  // `sub` differs from application to application; the tenant and the object id do not (nOAuth: never the e-mail).
  oidc: { subjectClaim: 'oid', tenantClaim: 'tid', verifiedClaims: ['xms_edov'] },
  // Sent in every assertion. The NameID is the userPrincipalName by default, which changes with the name of the user.
  // A Subject in the request is an error there (AADSTS900236); login_hint is documented instead.
  saml: { subjectAttribute: 'http://schemas.microsoft.com/identity/claims/objectidentifier', loginHint: 'query' },
} as const satisfies IdpProfile;
