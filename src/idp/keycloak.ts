import type { IdpProfile } from './profile.js';

export const keycloak = {
  name: 'Keycloak',
  docs: 'https://www.keycloak.org/documentation',
  scim: { tolerances: [] },
  oidc: { subjectClaim: 'sub' },
  // The NameID of the Subject becomes the hint of its sign-in page; a query parameter is not read.
  saml: { loginHint: 'subject' },
} as const satisfies IdpProfile;
