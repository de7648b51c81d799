import type { IdpProfile } from './profile.js';

export const onelogin = {
  name: 'OneLogin',
  docs: 'https://developers.onelogin.com/scim',
  scim: {
    tolerances: [
      'managerIdAsValue', // the manager is {managerId, displayName}, the form of SCIM 1.1
    ],
  },
  oidc: { subjectClaim: 'sub' },
} as const satisfies IdpProfile;
