import type { IdpProfile } from './profile.js';

export const ping = {
  name: 'Ping Identity',
  docs: 'https://docs.pingidentity.com/pingone/integrations/p1_scim_outbound.html',
  scim: { tolerances: [] },
  oidc: { subjectClaim: 'sub' },
} as const satisfies IdpProfile;
