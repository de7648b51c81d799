import { timingSafeEqual } from 'node:crypto';
import { authorize } from '../../access/authorize.js';
import { system } from '../../access/principal.js';
import type { Store } from '../../access/store.js';
import { type Tx, write } from '../../access/write.js';
import { daySeconds } from '../../kernel/durations.js';
import { BadInput, NotFound } from '../../kernel/errors.js';
import { fold } from '../../kernel/fold.js';
import { type ConnectionId, parseId } from '../../kernel/ids.js';
import { checkedAll } from '../../kernel/input-errors.js';
import { hashSecret, newSecret } from '../../kernel/secrets.js';
import { nameError } from '../../kernel/text-limits.js';
import { create } from '../../storage/rows.js';
import { Connection } from '../connections/connection.js';
import { leaveAllGroups } from '../groups/leave-groups.js';
import { checkedRoles } from '../roles/grantable-roles.js';
import { isEmailAddress } from './email-addresses.js';
import { Invitation } from './invitation.js';
import { newUser } from './new-user.js';
import { getUsers, queryUsers } from './queries/load-user.js';
import { insertUser } from './save-user.js';
import { subjectOf, User, userState } from './user.js';

const defaultSeconds = 7 * daySeconds;
const longestSeconds = 90 * daySeconds;

export interface NewInvitation {
  email: string;
  roles?: readonly string[] | null;
  connectionId?: string | null;
  expiresInSeconds?: number | null;
}

/**
 * Creates a PENDING account. A sign-in with its address, or with the code, makes it ACTIVE under the same id.
 * Invitations are for guests with an address outside the organization's domains. The code is returned only once; the
 * application sends it by email.
 *
 * @throws Forbidden, BadInput, NotFound for an unknown connection, UserNameTaken if a user already has the address as
 *   userName
 */
export async function inviteUser(tx: Tx, input: NewInvitation): Promise<{ user: User; code: string }> {
  authorize(tx, 'user.invite', { organizationId: tx.organizationId });
  const email = input.email.trim();
  const seconds = input.expiresInSeconds ?? defaultSeconds;
  const { roles } = checkedAll({
    email: () => checkAddress(email),
    expiresInSeconds: () => checkLifetime(seconds),
    roles: () => checkedRoles(input.roles ?? []),
  });
  const connectionId = await knownConnection(tx, input.connectionId ?? null);
  await expireInvitationOf(tx, email);

  const expiresAt = new Date(tx.now.getTime() + seconds * 1_000);
  const profile = { userName: email, emails: [{ value: email, type: 'work', primary: true }] };
  const user = newUser(tx, { origin: 'API', active: true, externalId: null, profile });
  user.invitedAt = tx.now;
  user.directRoles = roles;
  user.roles = user.directRoles;
  await insertUser(tx, user, null);
  const code = newSecret('invite');
  const { organizationId } = tx;
  const invitation = { organizationId, userId: user.id, connectionId, codeHash: hashSecret(code), expiresAt };
  await tx.manager.insert(Invitation, create(Invitation, invitation));
  tx.emit({
    type: 'user.invited',
    subject: subjectOf(user),
    connectionId,
    data: { ...userState(user), email, expiresAt, connectionId },
  });
  return { user, code };
}

function checkAddress(email: string): void {
  const fault = isEmailAddress(email) ? nameError(email) : 'must be an email address, such as name@example.com';
  if (fault) throw new BadInput(`"email" ${fault}.`);
}

function checkLifetime(seconds: number): void {
  if (seconds < 60 || seconds > longestSeconds)
    throw new BadInput('"expiresInSeconds" must be from 60 to 7776000 (90 days).');
}

async function knownConnection(tx: Tx, id: string | null): Promise<ConnectionId | null> {
  if (id === null) return null;
  const key = parseId('conn', id);
  const isKnown = key && (await tx.manager.existsBy(Connection, { organizationId: tx.organizationId, id: key }));
  if (!isKnown) throw new NotFound('connection');
  return key;
}

/** Returns true if the code belongs to the invitation. */
export const opens = ({ codeHash }: Pick<Invitation, 'codeHash'>, code: string | null): boolean =>
  code !== null && timingSafeEqual(hashSecret(code.trim()), codeHash);

/** Returns the query for accounts whose invitation has expired. It locks their rows. */
const lapsed = (tx: Tx) =>
  queryUsers(tx)
    .innerJoin(Invitation, 'v', 'v.organizationId = u.organizationId and v.userId = u.id')
    .andWhere('u.invitedAt is not null and v.expiresAt <= :now', { now: tx.now })
    .setLock('pessimistic_write', undefined, ['u']);

/** Deletes an expired invitation for this address. */
export async function expireInvitationOf(tx: Tx, email: string): Promise<void> {
  const users = await getUsers(lapsed(tx).andWhere('u.userNameKey = :name', { name: fold(email) }));
  for (const user of users) await expire(tx, user);
}

/** Deletes the expired invitations of all organizations. Returns true if more can be due. */
export async function expireAllInvitations(store: Store): Promise<boolean> {
  const due = await store.database.manager
    .createQueryBuilder(Invitation, 'v')
    .select('v.organizationId', 'organizationId')
    .distinct()
    .where('v.expiresAt <= :now', { now: store.now() })
    .limit(100)
    .getRawMany<Pick<Invitation, 'organizationId'>>();
  for (const { organizationId: id } of due) await write(store, system(id), (tx) => expireInvitations(tx));
  return due.length === 100;
}

/** Deletes the organization's expired invitations, each with an event. */
async function expireInvitations(tx: Tx): Promise<void> {
  const users = await getUsers(lapsed(tx).orderBy('u.id').limit(500).setOnLocked('skip_locked'));
  for (const user of users) await expire(tx, user);
}

// Deletes the account completely: no user has ever signed in to it, and a tombstone would reject the user's next
// sign-in.
async function expire(tx: Tx, user: User): Promise<void> {
  const data = { id: user.id, email: user.email };
  tx.emit({ type: 'user.invitation_expired', subject: subjectOf(user), data });
  await leaveAllGroups(tx, user);
  await tx.manager.delete(User, { organizationId: tx.organizationId, id: user.id });
}
