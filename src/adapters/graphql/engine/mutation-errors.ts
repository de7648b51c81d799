import type { GraphQLSchema } from 'graphql';

/**
 * Error codes of each mutation, in addition to those that every mutation can have (docs/mutations.md). A test calls each
 * mutation with each of its codes.
 */
export const mutationErrors: Readonly<Record<string, readonly string[]>> = {
  acknowledge: ['NOT_FOUND', 'CURSOR_INVALID'],
  acknowledgeEvents: ['NOT_FOUND', 'CURSOR_INVALID'],
  addDomain: ['NOT_FOUND', 'BAD_INPUT', 'DOMAIN_TAKEN'],
  addGroupMembers: ['NOT_FOUND', 'BAD_INPUT', 'UNKNOWN_MEMBER', 'MEMBERSHIP_CYCLE'],
  assignDomain: ['NOT_FOUND'],
  changeUsers: ['NOT_FOUND', 'BAD_INPUT', 'CONFLICT'],
  createApiKey: ['NOT_FOUND', 'BAD_INPUT'],
  createApplication: ['NOT_FOUND', 'BAD_INPUT'],
  createApplicationSecret: ['NOT_FOUND', 'BAD_INPUT'],
  createConnection: ['NOT_FOUND', 'BAD_INPUT'],
  createConsumer: ['NOT_FOUND', 'BAD_INPUT', 'CURSOR_INVALID'],
  createGroup: ['NOT_FOUND', 'BAD_INPUT', 'UNKNOWN_MEMBER'],
  createOrganization: ['BAD_INPUT', 'EXTERNAL_ID_TAKEN'],
  createScimClient: ['NOT_FOUND', 'BAD_INPUT'],
  createSetupLink: ['NOT_FOUND', 'BAD_INPUT'],
  createUser: ['NOT_FOUND', 'BAD_INPUT', 'USER_NAME_TAKEN', 'EXTERNAL_ID_TAKEN', 'SEAT_LIMIT_REACHED'],
  createWebhookEndpoint: ['NOT_FOUND', 'BAD_INPUT', 'CURSOR_INVALID'],
  deleteApplication: ['NOT_FOUND'],
  deleteConnection: ['NOT_FOUND'],
  deleteConsumer: ['NOT_FOUND'],
  deleteGroup: ['NOT_FOUND'],
  deleteOrganization: ['NOT_FOUND'],
  deleteScimClient: ['NOT_FOUND'],
  deleteWebhookEndpoint: ['NOT_FOUND'],
  deprovisionUser: ['NOT_FOUND'],
  eraseUser: ['NOT_FOUND'],
  grantRoles: ['NOT_FOUND', 'BAD_INPUT'],
  importUsers: ['NOT_FOUND', 'BAD_INPUT'],
  inviteUser: ['NOT_FOUND', 'BAD_INPUT'],
  moveWebhookCursor: ['NOT_FOUND', 'CURSOR_INVALID'],
  protectUser: ['NOT_FOUND', 'BAD_INPUT'],
  reactivateUser: ['NOT_FOUND'],
  removeDomain: ['NOT_FOUND'],
  removeGroupMembers: ['NOT_FOUND', 'BAD_INPUT'],
  replayRequest: ['NOT_FOUND', 'BAD_INPUT'],
  replayWebhooks: ['NOT_FOUND', 'CURSOR_INVALID'],
  resolveAdoption: ['NOT_FOUND'],
  resolveLink: ['NOT_FOUND'],
  revokeApiKey: ['NOT_FOUND'],
  revokeApplicationSecret: ['NOT_FOUND'],
  revokeRoles: ['NOT_FOUND', 'BAD_INPUT'],
  revokeScimToken: ['NOT_FOUND'],
  revokeSession: ['NOT_FOUND'],
  revokeSetupLink: ['NOT_FOUND'],
  revokeUserSessions: ['NOT_FOUND'],
  rotateApplicationSecret: ['NOT_FOUND', 'BAD_INPUT'],
  rotateScimToken: ['NOT_FOUND', 'BAD_INPUT'],
  rotateWebhookSecret: ['NOT_FOUND', 'BAD_INPUT'],
  sendTestEvent: ['NOT_FOUND'],
  settleAdoption: ['NOT_FOUND'],
  settleLink: ['NOT_FOUND'],
  signInWithIdToken: ['NOT_FOUND', 'ASSERTION_INVALID', 'CONNECTION_INACTIVE'],
  startTestSignIn: ['NOT_FOUND', 'BAD_INPUT'],
  suspendUser: ['NOT_FOUND'],
  unlinkIdentity: ['NOT_FOUND', 'BAD_INPUT'],
  unsuspendUser: ['NOT_FOUND'],
  updateApiKey: ['NOT_FOUND', 'BAD_INPUT'],
  updateApplication: ['NOT_FOUND', 'BAD_INPUT', 'CONFLICT'],
  updateConnection: ['NOT_FOUND', 'BAD_INPUT', 'CONFLICT'],
  updateGroup: ['NOT_FOUND', 'BAD_INPUT', 'CONFLICT'],
  updateOrganization: ['NOT_FOUND', 'BAD_INPUT', 'CONFLICT'],
  updateUser: ['NOT_FOUND', 'BAD_INPUT', 'USER_NAME_TAKEN', 'CONFLICT'],
  updateWebhookEndpoint: ['NOT_FOUND', 'BAD_INPUT'],
  verifyDomain: ['NOT_FOUND', 'BAD_INPUT', 'DOMAIN_TAKEN'],
};

/** Adds its error codes to the description of each mutation. */
export function describeErrors(schema: GraphQLSchema): GraphQLSchema {
  for (const mutation of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const codes = mutationErrors[mutation.name] ?? [];
    if (codes.length > 0) mutation.description = `${mutation.description} Fails with: ${codes.join(', ')}.`;
  }
  return schema;
}
