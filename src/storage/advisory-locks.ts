/**
 * Number of each kind of advisory lock, which `hashtextextended` takes as its seed. Two kinds with one number would wait
 * for each other.
 */
export const lockKinds = {
  organizationByExternalId: 1,
  domain: 2,
  groupNesting: 3,
  signIn: 4,
  administrators: 5,
  email: 6,
  reapplyRules: 7,
  signInGroups: 8,
  count: 9,
} as const;
