import type { IdpProfile } from './profile.js';

export const google = {
  name: 'Google Workspace',
  docs: 'https://support.google.com/a/topic/6400789',
  scim: { tolerances: [] },
  oidc: { subjectClaim: 'sub' },
} as const satisfies IdpProfile;
