import type { IdpProfile } from './profile.js';

export const google = {
  name: 'Google Workspace',
  docs: 'https://support.google.com/a/topic/6400789',
  scim: { tolerances: [] },
  // The issuer is the same for everybody; `hd` says whose people they are.
  oidc: { subjectClaim: 'sub', sharedIssuer: 'https://accounts.google.com' },
  // A Subject in the request is ignored there; login_hint is documented.
  saml: { loginHint: 'query' },
} as const satisfies IdpProfile;
