import type { IdpProfile } from './profile.js';

export const rippling = {
  name: 'Rippling',
  docs: 'https://developer.rippling.com/documentation',
  scim: { tolerances: [] },
  oidc: { subjectClaim: 'sub' },
} as const satisfies IdpProfile;
