import { authorize } from '../../access/authorize.js';
import type { Store } from '../../access/store.js';
import type { Read } from '../../access/write.js';
import type { Anchor } from '../../events/cursor.js';
import { boundsOf, expired } from '../../events/log.js';
import { BadInput, CursorInvalid } from '../../kernel/errors.js';
import { type OrganizationId, parseId } from '../../kernel/ids.js';
import type { Session } from '../../storage/session.js';
import { type Scoped, type Sql, scopedTo, sql } from '../../storage/sql.js';
import { Group } from '../groups/group.js';
import { selectUsers, usersIn } from '../users/queries/load-user.js';
import type { User } from '../users/user.js';

/** A member of a group: a user, or another group. */
export interface Membership {
  groupId: string;
  userId: string | null;
  memberGroupId: string | null;
}

/** A page of all users, groups and memberships of an organization. */
export interface Snapshot {
  /** The cursor from which to follow the log after the last page is loaded. It is equal on all pages. */
  cursor: string;
  users: User[];
  groups: Group[];
  memberships: Membership[];
  /** Null on the last page. */
  next: string | null;
}

const maximum = 1_000;

/** The lists of a snapshot in their order; each has its own key. */
const parts = ['users', 'groups', 'members', 'nestings'] as const;
type Part = (typeof parts)[number];

/**
 * The state of a snapshot: the end of the log at its beginning and at its latest page, the current list, and the last
 * key in that list.
 */
interface Standing {
  begun: Anchor;
  read: Anchor;
  part: Part;
  key: string;
}

/**
 * Returns a page of all data of an organization, with the cursor from which to follow the log. The cursor is read with
 * the first page, before all others. A later change is therefore in a later page, in an event after the cursor, or in
 * both. Events contain the state after the change, so a consumer that applies them to the loaded data reaches the
 * current state.
 *
 * @throws Forbidden, BadInput, CursorInvalid, CursorExpired if the events since the first page were deleted
 */
export async function takeSnapshot(
  store: Pick<Store, 'database' | 'history'>,
  read: Read,
  { first, after }: { first: number; after: string | null },
): Promise<Snapshot> {
  const { organizationId } = read;
  for (const action of ['user.read', 'group.read', 'event.read'] as const) authorize(read, action, { organizationId });
  if (first < 1 || first > maximum) throw new BadInput(`"first" must be from 1 to ${maximum}.`);
  const { history, database } = store;
  const from = after !== null ? parse(after, organizationId) : null;
  return database.consistently(async (session) => {
    const { head } = await boundsOf(session, organizationId);
    // Pages of two histories would form a state that never existed. All events that the latest page could see must
    // still exist.
    for (const { place, id } of from ? [from.begun, from.read] : []) {
      const bounds = await boundsOf(session, organizationId, place);
      const isPruned = place < bounds.pruned.place;
      if (isPruned || place > head.place || bounds.found !== id) throw await expired(session, history, organizationId);
    }
    const standing = from ?? { begun: head, read: head, part: parts[0], key: '' };
    const page = await fill(session, organizationId, standing, first);
    const next = page.next && print({ ...standing, ...page.next, read: head }, organizationId);
    return { ...page, cursor: history.cursorAt(organizationId, standing.begun), next };
  });
}

async function fill(session: Session, organizationId: OrganizationId, standing: Standing, first: number) {
  const page = { users: [] as User[], groups: [] as Group[], memberships: [] as Membership[] };
  let left = first;
  let { part, key } = standing;
  for (;;) {
    const listed = await list[part](session, { scope: scopedTo(organizationId), key, limit: left }, page);
    left -= listed.count;
    if (left === 0) return { ...page, next: { part, key: listed.last } };
    const following = parts[parts.indexOf(part) + 1];
    if (!following) return { ...page, next: null };
    part = following;
    key = '';
  }
}

/** The query for the next rows of one list, by key. */
interface Asked {
  scope: Scoped;
  key: string;
  limit: number;
}

type Lists = (
  session: Session,
  asked: Asked,
  page: Pick<Snapshot, 'users' | 'groups' | 'memberships'>,
) => Promise<{ count: number; last: string }>;

const list: Record<Part, Lists> = {
  users: async (session, { scope, key, limit }, page) => {
    const rows = await session.query<Record<string, unknown>>(
      sql`${selectUsers} where u.organization_id = ${scope} and u.id > ${key} order by u.id limit ${limit}`,
    );
    page.users = usersIn(session, rows);
    return { count: rows.length, last: page.users.at(-1)?.id ?? '' };
  },
  groups: async (session, { scope, key, limit }, page) => {
    page.groups = await session.rows(Group, sql`organization_id = ${scope} and id > ${key} order by id limit ${limit}`);
    return { count: page.groups.length, last: page.groups.at(-1)?.id ?? '' };
  },
  members: (session, asked, page) =>
    listMembers(session, { table: sql`memberships`, member: sql`user_id`, field: 'userId' }, asked, page),
  nestings: (session, asked, page) =>
    listMembers(
      session,
      { table: sql`group_nestings`, member: sql`child_group_id`, field: 'memberGroupId' },
      asked,
      page,
    ),
};

async function listMembers(
  session: Session,
  { table, member, field }: { table: Sql; member: Sql; field: 'userId' | 'memberGroupId' },
  { scope, key, limit }: Asked,
  page: Pick<Snapshot, 'memberships'>,
): Promise<{ count: number; last: string }> {
  const [group = '', one = ''] = key.split(' ');
  const rows = await session.query<{ groupId: string; member: string }>(
    sql`select group_id as "groupId", ${member} as member from ${table}
      where organization_id = ${scope} and (group_id, ${member}) > (${group}, ${one})
      order by group_id, ${member} limit ${limit}`,
  );
  for (const row of rows) {
    page.memberships.push({ groupId: row.groupId, userId: null, memberGroupId: null, [field]: row.member });
  }
  const last = rows.at(-1);
  return { count: rows.length, last: last ? `${last.groupId} ${last.member}` : '' };
}

const printAnchor = ({ place, id }: Anchor): string => `${place}.${id ?? ''}`;

const print = ({ begun, read, part, key }: Standing, organizationId: OrganizationId): string =>
  Buffer.from(`s2.${organizationId}.${printAnchor(begun)}.${printAnchor(read)}.${part}.${key}`).toString('base64url');

function parse(text: string, organizationId: OrganizationId): Standing {
  const [version, owner, ...rest] = Buffer.from(text, 'base64url').toString('latin1').split('.');
  const [begunAt, begunId, readAt, readId, part, key = ' '] = rest;
  const known = parts.find((one) => one === part);
  const isKey = /^(\w{1,40}( \w{1,40})?)?$/.test(key);
  if (version !== 's2' || owner !== organizationId || !known || !isKey || rest.length !== 6) throw new CursorInvalid();
  return { begun: parseAnchor(begunAt, begunId), read: parseAnchor(readAt, readId), part: known, key };
}

function parseAnchor(place = '', text = ''): Anchor {
  const id = text === '' ? null : parseId('evt', text);
  if (!/^\d{1,15}$/.test(place) || (text !== '' && id === null)) throw new CursorInvalid();
  return { place: Number(place), id };
}
