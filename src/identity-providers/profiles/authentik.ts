import type { IdpProfile } from './profile.js';

export const authentik = {
  name: 'authentik',
  docs: 'https://docs.goauthentik.io/add-secure-apps/providers/scim/',
  scim: { tolerances: [] },
  oidc: { subjectClaim: 'sub' },
} as const satisfies IdpProfile;
