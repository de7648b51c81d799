import type { ConnectionSettings } from '../../access/connection-settings.js';
import { idpConnectionOf } from '../../access/principal.js';
import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import type { ConnectionId, UserId } from '../../kernel/ids.js';
import { sql } from '../../storage/sql.js';
import { settingsFor } from '../connections/find-connections.js';
import { readVerifiedDomains, type VerifiedDomains } from '../organizations/domain-trust.js';
import type { Draft } from './draft-edit.js';
import { managerOf, primaryEmail } from './profile.js';
import { closesProtected, protectionsOf } from './protect-user.js';
import { findManagers } from './queries/find-managers.js';
import type { User } from './user.js';

/** The data that the plan of an edit needs in addition to the account. It is read after the account is locked. */
export interface Facts {
  /** The settings of the connection that manages the account after the edit; null without one. */
  settings: ConnectionSettings | null;
  /** The account of the manager that the profile names; null if it does not exist yet. */
  managerId: UserId | null;
  /** True if another account has the new externalId at that connection. */
  isExternalIdTaken: boolean;
  /** True if the domain of the account's address belongs to the connection that adopts the account. */
  isAdopterTrusted: boolean;
  /** True if the organization vouches for the new primary address. */
  isEmailVerified: boolean;
  /** The reason why this edit must not close the account; null if it can. */
  protection: string | null;
}

/** Reads the facts of all drafts. The number of statements does not depend on the number of drafts. */
export async function gatherFacts(tx: Tx, drafts: readonly Draft[]): Promise<Facts[]> {
  const settings = await settingsOf(tx, drafts);
  const managers = await findManagers(tx, drafts.flatMap(awaitedManager));
  const taken = await findTaken(tx, drafts.filter(movesExternalId));
  const domains = await readVerifiedDomains(tx, drafts.flatMap(addressesOf));
  const protections = closesProtected(tx) ? null : await protectionsOf(tx, drafts.flatMap(closedAccount));
  return drafts.map((draft) => {
    const { user, adopter } = draft;
    const connectionId = managingAfter(draft);
    const [awaited] = awaitedManager(draft);
    return {
      settings: (connectionId && settings.get(connectionId)) ?? null,
      managerId: (awaited && managers(awaited)) ?? null,
      isExternalIdTaken: taken.has(user.id),
      isAdopterTrusted: adopter !== null && domains.authoritiesOf(user.email).ids.includes(adopter),
      isEmailVerified: isEmailVerified(tx, draft, domains),
      protection: protections?.get(user.id) ?? null,
    };
  });
}

const managingAfter = ({ user, adopter }: Draft): ConnectionId | null => adopter ?? user.scimConnectionId;

async function settingsOf(tx: Tx, drafts: readonly Draft[]): Promise<Map<ConnectionId, ConnectionSettings | null>> {
  const ids = new Set(drafts.flatMap((draft) => managingAfter(draft) ?? []));
  const settings = new Map<ConnectionId, ConnectionSettings | null>();
  for (const id of ids) settings.set(id, await settingsFor(tx, id));
  return settings;
}

/**
 * Returns the manager in a changed profile by the IdP's id or userName, with the connection that manages the user; an
 * empty list if there is none.
 */
function awaitedManager(draft: Draft): { connectionId: ConnectionId | null; name: string }[] {
  const name = draft.changes.length > 0 ? managerOf(draft.profile) : null;
  return name === null ? [] : [{ connectionId: managingAfter(draft), name }];
}

const movesExternalId = ({ before, after, adopter }: Draft): boolean =>
  adopter !== null || after.externalId !== before.externalId;

/** Returns the accounts whose new externalId another account already has at the same connection. */
async function findTaken(tx: Tx, drafts: readonly Draft[]): Promise<Set<UserId>> {
  const wanted = drafts.filter(({ after }) => after.externalId !== null);
  if (wanted.length === 0) return new Set();
  const rows = await tx.session.query<{ id: UserId }>(sql`select w.user_id as id
    from unnest(
      ${wanted.map(({ user }) => user.id)}::text[],
      ${wanted.map(managingAfter)}::text[],
      ${wanted.map(({ after }) => after.externalId)}::text[]
    ) w(user_id, connection_id, external_id)
    where exists (
      select from identities i
      where i.organization_id = ${scopeOf(tx)} and i.connection_id = w.connection_id
        and i.external_id = w.external_id and i.user_id <> w.user_id)`);
  return new Set(rows.map(({ id }) => id));
}

const newEmail = ({ before, profile, changes }: Draft): string | null => {
  const email = primaryEmail(profile);
  return changes.length > 0 && email !== primaryEmail(before.profile) ? email : null;
};

/** Returns the addresses whose domains the plan depends on. */
const addressesOf = (draft: Draft): (string | null)[] => [draft.adopter ? draft.user.email : null, newEmail(draft)];

const closedAccount = ({ user, after }: Draft): User[] => (user.active && !after.active ? [user] : []);

function isEmailVerified(tx: Tx, draft: Draft, domains: VerifiedDomains): boolean {
  const email = newEmail(draft);
  const source = idpConnectionOf(tx.principal);
  return source ? domains.isVouchedFor(email, [source]) : domains.isVerified(email);
}
