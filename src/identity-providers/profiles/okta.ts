import type { IdpProfile } from './profile.js';

export const okta = {
  name: 'Okta',
  docs: 'https://developer.okta.com/docs/reference/scim/scim-20/',
  scim: { tolerances: [] },
  oidc: { subjectClaim: 'sub' },
  saml: { loginHint: 'query' },
} as const satisfies IdpProfile;
