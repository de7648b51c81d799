import type { IdpProfile } from './profile.js';

export const duo = {
  name: 'Duo',
  docs: 'https://duo.com/docs/',
  scim: { tolerances: [] },
  oidc: { subjectClaim: 'sub' },
} as const satisfies IdpProfile;
