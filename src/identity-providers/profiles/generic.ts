import type { IdpProfile } from './profile.js';

export const generic = {
  name: 'Generic',
  docs: 'https://www.rfc-editor.org/rfc/rfc7644',
  scim: { tolerances: ['filteredReplaceCreates', 'managerAsValue', 'keysArePaths'] },
  oidc: { subjectClaim: 'sub' },
} as const satisfies IdpProfile;
