import type { IdpProfile } from './profile.js';

export const onelogin = {
  name: 'OneLogin',
  docs: 'https://developers.onelogin.com/scim',
  scim: { tolerances: [] },
  oidc: { subjectClaim: 'sub' },
} as const satisfies IdpProfile;
