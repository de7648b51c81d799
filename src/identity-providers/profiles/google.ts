import type { IdpProfile } from './profile.js';

export const google = {
  name: 'Google Workspace',
  docs: 'https://support.google.com/a/topic/6400789',
  scim: { tolerances: [] },
  // The issuer is shared by all customers; `hd` contains the domain of the customer.
  oidc: { subjectClaim: 'sub', sharedIssuer: 'https://accounts.google.com' },
  // Google ignores a Subject in the request; login_hint is documented.
  saml: { loginHint: 'query' },
} as const satisfies IdpProfile;
