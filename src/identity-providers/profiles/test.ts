import type { IdpProfile } from './profile.js';

export const test = {
  name: 'The built-in test IdP',
  docs: 'docs/sign-in.md',
  scim: { tolerances: [] },
  oidc: { subjectClaim: 'sub' },
  saml: { loginHint: 'query' },
} as const satisfies IdpProfile;
