import { authorize } from '../../../access/authorize.js';
import { apart, type Tx } from '../../../access/write.js';
import { BadInput, ExternalIdTaken, PublicError } from '../../../kernel/errors.js';
import { fold } from '../../../kernel/fold.js';
import { TransactionConflict } from '../../../storage/conflict.js';
import { checkExternalId } from '../../check-external-id.js';
import { keepConnection } from '../../connections/find-connections.js';
import { checkedRoles, sameRoles } from '../../roles/grantable-roles.js';
import { addIdentity } from '../add-identity.js';
import { changeRoles } from '../change-roles.js';
import { changeUser } from '../change-user.js';
import { editProfile, newProfile, type ProfileInput } from '../edit-profile.js';
import { checkEmailAddresses } from '../email-addresses.js';
import { checkProfile, type Profile } from '../profile.js';
import { provisionUser } from '../provision-user.js';
import type { User, UserStatus } from '../user.js';
import { insertUsers } from './insert-users.js';
import { deletedAmong, type Existing, existingFor, isManagedBy } from './known-people.js';
import { newInRow } from './new-in-row.js';

/** One user in an import file. */
export interface ImportedUser extends ProfileInput {
  userName: string;
  /** The permanent id of the user at the IdP of the given connection. The first sign-in is matched by it. */
  externalId?: string | null;
  roles?: readonly string[] | null;
  /** Status in the directory that the row was exported from. Absent: ACTIVE. */
  status?: UserStatus | null;
}

export type ImportOutcome =
  | { outcome: 'CREATED' | 'UPDATED' | 'UNCHANGED'; user: User }
  | { outcome: 'REFUSED'; error: PublicError };

/** A row that passed validation. */
interface Sound {
  row: number;
  input: ImportedUser;
  profile: Profile;
  roles: string[] | null;
  externalId: string | null;
}

/** Maximum number of rows in one transaction. */
export const mostRows = 500;

/**
 * Imports users from a file. Missing users are created, existing users are updated, and absent fields stay unchanged.
 * Importing the same rows again changes nothing, and neither do the rows of an export of the organization. An error in
 * a row affects only that row.
 *
 * @returns one outcome per row, in the order of the rows
 * @throws Forbidden, NotFound for an unknown connection, BadInput for too many rows
 */
export async function importUsers(
  tx: Tx,
  rows: readonly ImportedUser[],
  connectionId: string | null,
): Promise<ImportOutcome[]> {
  authorize(tx, 'user.create', { organizationId: tx.organizationId });
  if (rows.length > mostRows)
    throw new BadInput(`"users" can have at most ${mostRows} entries; this request has ${rows.length}.`);
  const connection = connectionId ? await keepConnection(tx, connectionId) : null;
  const outcomes: (ImportOutcome | null)[] = rows.map(() => null);
  const sound = checked(rows, connection?.id ?? null, outcomes);
  const existing = await existingFor(tx, sound, connection?.id ?? null);
  const deleted = await deletedAmong(tx, sound.filter(isDeprovisioned));
  const fresh: Sound[] = [];
  for (const row of sound) {
    // An export contains deleted users as DEPROVISIONED.
    const tombstone = isDeprovisioned(row) ? deleted.get(fold(row.profile.userName)) : undefined;
    const holder = row.externalId === null ? undefined : existing.byExternalId.get(row.externalId);
    const known = existing.byName.get(fold(row.profile.userName));
    if (holder !== undefined && holder !== known)
      outcomes[row.row] = refused(new ExternalIdTaken(row.externalId ?? ''));
    else if (known === undefined && tombstone) outcomes[row.row] = { outcome: 'UNCHANGED', user: tombstone };
    else if (known === undefined) {
      const error = creationError(row.input);
      if (error) outcomes[row.row] = refused(error);
      else fresh.push(row);
    } else {
      const outcome = await outcomeOf(tx, () =>
        update(tx, row, { id: known, connectionId: holder ? null : connectionId }),
      );
      const isOfDeleted = outcome.outcome === 'REFUSED' && tombstone;
      outcomes[row.row] = isOfDeleted ? { outcome: 'UNCHANGED', user: tombstone } : outcome;
    }
  }
  await create(tx, fresh, { connectionId, existing, outcomes });
  return outcomes.map((outcome) => outcome ?? refused(new BadInput('The row could not be imported.', null)));
}

const isDeprovisioned = ({ input }: Sound): boolean => input.status === 'DEPROVISIONED';

/** Returns the reason why a user cannot be created from the row, or null. */
function creationError({ status, emails }: ImportedUser): BadInput | null {
  if (status && status !== 'ACTIVE') {
    return new BadInput(
      `"status" must be ACTIVE for a user to be created. This row is ${status}: remove it, or remove its status to create an active user.`,
    );
  }
  try {
    checkEmailAddresses(emails);
    return null;
  } catch (error) {
    if (error instanceof BadInput) return error;
    throw error;
  }
}

const refused = (error: PublicError): ImportOutcome => ({ outcome: 'REFUSED', error });

function checked(
  rows: readonly ImportedUser[],
  connectionId: string | null,
  outcomes: (ImportOutcome | null)[],
): Sound[] {
  const names = new Set<string>();
  return rows.flatMap((input, row) => {
    try {
      const profile = newProfile(input);
      checkProfile(profile);
      const roles = input.roles ? checkedRoles(input.roles) : null;
      const externalId = input.externalId || null;
      checkExternalId(externalId);
      if (externalId && !connectionId)
        throw new BadInput(
          '"externalId" requires a connection. Set "connectionId", or --connection of "rollcall import".',
        );
      const key = fold(profile.userName);
      if (names.has(key)) throw new BadInput(`"userName" appears twice in this batch: "${profile.userName}".`);
      // A deleted user and the user who has the name today are two rows of an export.
      if (input.status !== 'DEPROVISIONED') names.add(key);
      return [{ row, input, profile, roles, externalId }];
    } catch (error) {
      if (!(error instanceof PublicError)) throw error;
      outcomes[row] = refused(error);
      return [];
    }
  });
}

/**
 * Processes one row in a savepoint. A public error becomes the outcome of the row, and the row's changes are rolled
 * back.
 */
async function outcomeOf(tx: Tx, work: () => Promise<ImportOutcome>): Promise<ImportOutcome> {
  try {
    return await apart(tx, work);
  } catch (error) {
    // A conflict must repeat the whole batch.
    if (error instanceof PublicError && !(error instanceof TransactionConflict)) return refused(error);
    throw error;
  }
}

async function update(
  tx: Tx,
  { input, roles, externalId }: Sound,
  { id, connectionId }: { id: string; connectionId: string | null },
): Promise<ImportOutcome> {
  let before = 0;
  const { managerId } = input;
  const hasManager = managerId ? await isManagedBy(tx, id, managerId) : false;
  const changed = await changeUser(tx, id, (account, user) => {
    before = user.revision;
    if (input.status && input.status !== user.status) {
      throw new BadInput(
        `"status" is ${input.status} in this row and ${user.status} in the directory. An import does not change it: suspend, deprovision or reactivate the user instead.`,
      );
    }
    const given = newInRow(hasManager ? { ...input, managerId: undefined } : input, user);
    // Existing addresses from an IdP are accepted unchanged; a file cannot add other malformed ones.
    checkEmailAddresses(given.emails, account.profile.emails);
    // A userName that differs only in case is the same name.
    return { ...account, profile: editProfile(account.profile, { ...given, userName: account.profile.userName }) };
  });
  // An export also contains roles from groups and from the IdP. They must not become direct roles.
  const user = roles && !sameRoles(roles, changed.roles) ? await changeRoles(tx, id, roles) : changed;
  if (externalId && connectionId) await addIdentity(tx, user, { connectionId, externalId });
  return { outcome: user.revision === before ? 'UNCHANGED' : 'UPDATED', user };
}

async function create(
  tx: Tx,
  rows: readonly Sound[],
  {
    connectionId,
    existing,
    outcomes,
  }: { connectionId: string | null; existing: Existing; outcomes: (ImportOutcome | null)[] },
): Promise<void> {
  const origin = 'IMPORT' as const;
  const plain = existing.isLimited ? [] : rows.filter(({ input }) => !input.managerId);
  const created = await insertUsers(tx, plain, { connectionId, awaited: existing.awaited });
  for (const [n, row] of plain.entries()) {
    const user = created[n];
    if (user) outcomes[row.row] = { outcome: 'CREATED', user };
  }
  // These rows are processed one by one. Either seats are limited, or a manager has to be found, or a concurrent
  // transaction has taken a key and the row needs its error.
  for (const row of rows.filter((each) => outcomes[each.row] === null)) {
    const { profile, roles, externalId } = row;
    outcomes[row.row] = await outcomeOf(tx, async () => {
      const user = await provisionUser(tx, { origin, active: true, externalId: null, profile, roles: roles ?? [] });
      if (externalId && connectionId) await addIdentity(tx, user, { connectionId, externalId });
      return { outcome: 'CREATED', user };
    });
  }
}
