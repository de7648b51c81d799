import { timingSafeEqual } from 'node:crypto';
import { authorize } from '../../access/authorize.js';
import { system } from '../../access/principal.js';
import { hashSecret, newSecret } from '../../access/secrets.js';
import type { Store } from '../../access/store.js';
import { type Tx, write } from '../../access/write.js';
import { BadInput, NotFound } from '../../errors.js';
import { fold, nameFault } from '../../fold.js';
import { type OrganizationId, parseId } from '../../ids.js';
import { leaveAllGroups } from '../groups/leave-groups.js';
import { checkedRoles } from '../roles/grants.js';
import { subjectOf } from './account-life.js';
import { isEmailAddress } from './email-addresses.js';
import { selectUsers, usersIn } from './load-user.js';
import { newUser } from './provision-user.js';
import { insertUser } from './save-user.js';
import { type User, userState } from './user.js';

const defaultSeconds = 7 * 86_400;
const longestSeconds = 90 * 86_400;

export interface NewInvitation {
  email: string;
  roles?: readonly string[] | null;
  connectionId?: string | null;
  expiresInSeconds?: number | null;
}

/**
 * Invites somebody: a PENDING account that a sign-in with that address, or the code, makes ACTIVE under the same id. This
 * is how guests from outside the organization's domains come in. The code is shown this once; the application mails it.
 *
 * @throws Forbidden, BadInput, NotFound for a connection, UserNameTaken when somebody has that address as userName
 */
export async function inviteUser(tx: Tx, input: NewInvitation): Promise<{ user: User; code: string }> {
  authorize(tx, 'user.invite', { organizationId: tx.organizationId });
  const email = input.email.trim();
  const fault = isEmailAddress(email) ? nameFault(email) : 'must be an e-mail address, such as name@example.com';
  if (fault) throw new BadInput(`"email" ${fault}.`);
  const connectionId = await knownConnection(tx, input.connectionId ?? null);
  const seconds = input.expiresInSeconds ?? defaultSeconds;
  if (seconds < 60 || seconds > longestSeconds) throw new BadInput('"expiresInSeconds" must be 60 to 7776000.');
  await expireInvitationOf(tx, email);

  const expiresAt = new Date(tx.now.getTime() + seconds * 1_000);
  const profile = { userName: email, emails: [{ value: email, type: 'work', primary: true }] };
  const user = Object.assign(newUser(tx, { origin: 'API', active: true, externalId: null, profile }), {
    invitedAt: tx.now,
    directRoles: checkedRoles(input.roles ?? []),
    roles: checkedRoles(input.roles ?? []),
  });
  await insertUser(tx, user, null);
  const code = newSecret('invite');
  await tx.session.query(
    `insert into invitations (organization_id, user_id, connection_id, code_hash, expires_at) values ($1, $2, $3, $4, $5)`,
    [tx.organizationId, user.id, connectionId, hashSecret(code), expiresAt],
  );
  tx.emit({
    type: 'user.invited',
    subject: subjectOf(user),
    connectionId,
    data: { ...userState(user), email, expiresAt, connectionId },
  });
  return { user, code };
}

async function knownConnection(tx: Tx, id: string | null): Promise<string | null> {
  if (id === null) return null;
  const key = parseId('conn', id);
  const found = key
    ? await tx.session.query('select 1 from connections where organization_id = $1 and id = $2', [
        tx.organizationId,
        key,
      ])
    : [];
  if (found.length === 0) throw new NotFound('connection');
  return id;
}

/** What an invitation asks of the sign-in that follows it. */
export interface Invitation {
  connectionId: string | null;
  codeHash: Buffer;
}

/** The invitation of a PENDING account; null when there is none. */
export async function invitationOf(tx: Tx, userId: string): Promise<Invitation | null> {
  const [row] = await tx.session.query<{ connection_id: string | null; code_hash: Buffer }>(
    'select connection_id, code_hash from invitations where organization_id = $1 and user_id = $2 and expires_at > $3',
    [tx.organizationId, userId, tx.now],
  );
  return row ? { connectionId: row.connection_id, codeHash: row.code_hash } : null;
}

/** Whether the code is that of the invitation. */
export const opens = ({ codeHash }: Invitation, code: string | null): boolean =>
  code !== null && timingSafeEqual(hashSecret(code.trim()), codeHash);

/** Makes a locked, PENDING account ACTIVE under its id, with its event. The caller saves it. */
export async function acceptInvitation(tx: Tx, user: User, because: Record<string, unknown>): Promise<void> {
  user.invitedAt = null;
  await tx.session.query('delete from invitations where organization_id = $1 and user_id = $2', [
    tx.organizationId,
    user.id,
  ]);
  const connectionId = typeof because.connectionId === 'string' ? because.connectionId : null;
  const data = { ...userState(user), invited: true, ...because };
  tx.emit({ type: 'user.provisioned', subject: subjectOf(user), connectionId, data });
}

const lapsed = `${selectUsers} join invitations i on i.organization_id = u.organization_id and i.user_id = u.id
  where u.organization_id = $1 and u.invited_at is not null and i.expires_at <= $2`;

/** Takes an invitation to this address that has run out away, so that it is in nobody's way. */
export async function expireInvitationOf(tx: Tx, email: string): Promise<void> {
  const rows = await tx.session.query<Record<string, unknown>>(`${lapsed} and u.user_name_key = $3 for update of u`, [
    tx.organizationId,
    tx.now,
    fold(email),
  ]);
  for (const user of usersIn(tx.session, rows)) await expire(tx, user);
}

/** Takes every invitation that has run out away. */
export async function expireAllInvitations(store: Store): Promise<boolean> {
  const due = await store.database.query<{ organization_id: OrganizationId }>(
    'select distinct organization_id from invitations where expires_at <= $1 limit 100',
    [store.now()],
  );
  for (const { organization_id: id } of due) await write(store, system(id), (tx) => expireInvitations(tx));
  return due.length === 100;
}

/** Takes the organization's invitations that have run out away, each with its event. */
async function expireInvitations(tx: Tx): Promise<void> {
  const rows = await tx.session.query<Record<string, unknown>>(
    `${lapsed} order by u.id limit 500 for update of u skip locked`,
    [tx.organizationId, tx.now],
  );
  for (const user of usersIn(tx.session, rows)) await expire(tx, user);
}

// Nobody has ever been this account, so nothing is kept of it: a tombstone would refuse the person's next sign-in.
async function expire(tx: Tx, user: User): Promise<void> {
  const data = { id: user.id, email: user.email };
  tx.emit({ type: 'user.invitation_expired', subject: subjectOf(user), data });
  await leaveAllGroups(tx, user);
  await tx.session.query('delete from users where organization_id = $1 and id = $2', [tx.organizationId, user.id]);
}
