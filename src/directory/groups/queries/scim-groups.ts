import { authorize } from '../../../access/authorize.js';
import { scopeOf } from '../../../access/scope.js';
import type { Read } from '../../../access/write.js';
import { NotFound } from '../../../kernel/errors.js';
import { parseId } from '../../../kernel/ids.js';
import { rowsOf } from '../../../storage/rows.js';
import { integer, type Scoped, sql } from '../../../storage/sql.js';
import { groupTable, type Page, type PageOf, readPage } from '../../list-page.js';
import { Group } from '../group.js';
import { groupsOf, type Member, usersOf } from './find-groups.js';
import { isVisibleTo } from './load-group.js';

/** Group with its direct members: users, then nested groups, each in the order of their ids. */
export interface ScimGroup {
  group: Group;
  /** Null if the members are not selected, or if they are too many to hold in memory. */
  members: Member[] | null;
}

/** The parts of the groups that the caller selects. */
interface Shown {
  members: boolean;
}

/** Maximum number of members that are held in memory, of all groups of a page together. */
const heldMembers = 10_000;
/** Maximum length of their names, of each group. */
const heldText = 1_000_000;

/** Returns one group with its members, in one statement. @throws NotFound, Forbidden */
export async function findScimGroup(read: Read, id: string, shown: Shown): Promise<ScimGroup> {
  const key = parseId('group', id);
  if (key === null) throw new NotFound('group');
  const { select, itemOf } = scimGroups(read, shown);
  const [row] = await read.session.query<Record<string, unknown>>(
    sql`select ${select} from groups g where g.organization_id = ${scopeOf(read)} and g.id = ${key}`,
  );
  const found = row && itemOf(row);
  if (!found || !isVisibleTo(read.principal, found.group)) throw new NotFound('group');
  authorize(read, 'group.read', found.group);
  return found;
}

/** Returns a page of groups with their members, in one statement. The condition is the one of `groupSelection`. */
export const listScimGroups = (read: Read, page: Page, shown: Shown): Promise<PageOf<ScimGroup>> =>
  readPage(read.session, groupTable, scimGroups(read, shown), page);

function scimGroups(read: Read, { members }: Shown) {
  const rows = rowsOf(read.session.dataSource, Group);
  return {
    select: members ? sql`g.*, ${heldMembersOf(scopeOf(read))} as members` : sql`g.*`,
    itemOf: (row: Record<string, unknown>): ScimGroup => ({
      group: rows.from(row),
      members: (row.members as Member[] | null | undefined) ?? null,
    }),
  };
}

/** Returns the members of the group `g`, as a column; null if they are too many to hold in memory. */
const heldMembersOf = (scope: Scoped): Scoped =>
  sql`case when sum(g.member_count) over () <= ${integer(heldMembers)} then (
      select coalesce(json_agg(member order by member.type desc, member.id), '[]')
      from (${usersOf(scope)} and m.group_id = g.id union all ${groupsOf(scope)} and n.group_id = g.id) member
      having coalesce(sum(length(member.display)), 0) <= ${integer(heldText)}
    ) end`;
