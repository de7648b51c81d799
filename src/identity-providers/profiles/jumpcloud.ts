import type { IdpProfile } from './profile.js';

export const jumpcloud = {
  name: 'JumpCloud',
  docs: 'https://jumpcloud.com/support/create-a-custom-scim-integration',
  scim: { tolerances: [] },
  oidc: { subjectClaim: 'sub' },
} as const satisfies IdpProfile;
