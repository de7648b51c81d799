import type { IdpProfile } from './profile.js';

export const cyberark = {
  name: 'CyberArk',
  docs: 'https://identity-developer.cyberark.com/',
  scim: { tolerances: [] },
  oidc: { subjectClaim: 'sub' },
} as const satisfies IdpProfile;
