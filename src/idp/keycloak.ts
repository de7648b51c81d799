import type { IdpProfile } from './profile.js';

export const keycloak = {
  name: 'Keycloak',
  docs: 'https://www.keycloak.org/documentation',
  scim: { tolerances: [] },
  oidc: { subjectClaim: 'sub' },
} as const satisfies IdpProfile;
