import type { IdpProfile } from './profile.js';

export const keycloak = {
  name: 'Keycloak',
  docs: 'https://www.keycloak.org/documentation',
  scim: { tolerances: [] },
  oidc: { subjectClaim: 'sub' },
  // Keycloak fills in its sign-in page from the NameID of the Subject; it does not read a query parameter.
  saml: { loginHint: 'subject' },
} as const satisfies IdpProfile;
