import type { Tx } from '../../access/write.js';
import { newId } from '../../kernel/ids.js';
import type { Account } from './account.js';
import { setProfile } from './queries/profile-columns.js';
import { type Origin, User } from './user.js';

/** Returns a new account in memory, without roles, groups or a connection. */
export function newUser(
  tx: Pick<Tx, 'organizationId' | 'now'>,
  { active, externalId, profile, origin }: Account & { origin: Origin },
): User {
  const user = Object.assign(new User(), {
    organizationId: tx.organizationId,
    id: newId('user'),
    roles: [],
    directRoles: [],
    idpRoles: [],
    mapped: {},
    formerNameKey: null,
    settingsRevision: 0,
    active,
    suspendedAt: null,
    deprovisionedAt: active ? null : tx.now,
    deprovisionReason: active ? null : 'IDP_DEACTIVATED',
    deletedAt: null,
    origin,
    scimConnectionId: null,
    externalId,
    countedFor: null,
    lastSignInAt: null,
    invitedAt: null,
    protected: false,
    protectedReason: null,
    seated: false,
    revision: 1,
    createdAt: tx.now,
    updatedAt: tx.now,
  } as const);
  setProfile(user, profile);
  return user;
}
