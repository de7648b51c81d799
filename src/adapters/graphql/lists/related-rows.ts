import DataLoader from 'dataloader';
import { scopeOf } from '../../../access/scope.js';
import type { Read } from '../../../access/write.js';
import type { Group } from '../../../directory/groups/group.js';
import { type GroupCriteria, groupSelection } from '../../../directory/groups/queries/find-groups.js';
import {
  findAdditions,
  type GroupMember,
  keyOfMember,
  membershipOf,
  membershipTable,
} from '../../../directory/groups/queries/find-memberships.js';
import { shownGroups } from '../../../directory/groups/queries/shown-columns.js';
import { eventTypesOf } from '../../../directory/requests/find-requests.js';
import type { ProvisioningRequest } from '../../../directory/requests/provisioning-request.js';
import { findRoleGrants, type RoleGrant } from '../../../directory/roles/find-role-grants.js';
import { SignInSession } from '../../../directory/sessions/session.js';
import { selectionOf, type UserCriteria } from '../../../directory/users/queries/find-users.js';
import { shownUsers } from '../../../directory/users/queries/shown-columns.js';
import type { User } from '../../../directory/users/user.js';
import type { EventRecord } from '../../../events/event.js';
import type { EventType } from '../../../events/types.js';
import type { OrganizationId } from '../../../kernel/ids.js';
import { rowsOf } from '../../../storage/rows.js';
import { type Scoped, type Sql, sql } from '../../../storage/sql.js';
import type { Key } from './loaders.js';

const idsOf = (keys: readonly Key[]) => keys.map(({ id }) => id);
/** Returns the relation from a user to the sessions that are valid when they are read. */
export const sessionsOfUser = (now: () => Date): Relation<SignInSession> => ({
  from: (scope) => sql`sessions s where s.organization_id = ${scope} and s.user_id = w.id
    and s.ended_at is null and s.expires_at > ${now()}`,
  order: sql`s.id`,
  shown: (read) => {
    const scope = scopeOf(read);
    const mapping = rowsOf(read.session.dataSource, SignInSession);
    return {
      scope,
      where: sql`s.organization_id = ${scope}`,
      select: sql`s.*`,
      from: (row: Record<string, unknown>) => mapping.from(row),
    };
  },
});

/** Returns the relation from a group to its direct members: users and groups. */
export const membershipsOfGroup = (organizationId: OrganizationId): Relation<GroupMember> => ({
  from: (_scope, read) => sql`${membershipTable(read, sql`w.id`)} m where true`,
  order: sql`m.member_id`,
  shown: (read) => ({
    scope: scopeOf(read),
    where: sql`true`,
    select: sql`m.member_id, m.created_at`,
    from: (row) => membershipOf(organizationId, String(row.wanted_id), row),
  }),
});

/** Relation from a row to a list, which can be read for many rows in one statement. */
interface Relation<T> {
  /** SQL of the tables, with the condition that relates them to `w.id`. */
  from: (scope: Scoped, read: Read) => Scoped;
  order: Sql;
  /** Returns the condition of the rows that the caller can see, and how to read them. */
  shown: (read: Read, fields: ReadonlySet<string>) => Shown<T>;
}
interface Shown<T> {
  where: Sql;
  scope: Scoped;
  select: Sql;
  from: (row: Record<string, unknown>) => T;
}

const users = (read: Read, fields: ReadonlySet<string>): Shown<User> => {
  return { ...selectionOf(read, {}), ...shownUsers(read.session, fields) };
};
const groups = (read: Read, fields: ReadonlySet<string>): Shown<Group> => {
  return { ...groupSelection(read, {}), ...shownGroups(read.session, fields) };
};

const members = sql`memberships m join users u on u.organization_id = m.organization_id and u.id = m.user_id`;
const memberOf = sql`memberships m join groups g on g.organization_id = m.organization_id and g.id = m.group_id`;

const nested = (shown: Sql) =>
  sql`group_nestings n join groups g on g.organization_id = n.organization_id and g.id = n.${shown}`;

/** Lists that belong to a user or a group. `criteria` selects the list of a single row. */
export const relations = {
  groupsOfUser: {
    from: (scope: Scoped) => sql`${memberOf} where m.organization_id = ${scope} and m.user_id = w.id`,
    order: sql`m.group_id`,
    shown: groups,
    criteria: (memberId: string): GroupCriteria => ({ memberId }),
  },
  childrenOfGroup: {
    from: (scope: Scoped) =>
      sql`${nested(sql`child_group_id`)} where n.organization_id = ${scope} and n.group_id = w.id`,
    order: sql`n.child_group_id`,
    shown: groups,
    criteria: (parentId: string): GroupCriteria => ({ parentId }),
  },
  parentsOfGroup: {
    from: (scope: Scoped) =>
      sql`${nested(sql`group_id`)} where n.organization_id = ${scope} and n.child_group_id = w.id`,
    order: sql`n.group_id`,
    shown: groups,
    criteria: (memberId: string): GroupCriteria => ({ memberId }),
  },
  membersOfGroup: {
    from: (scope: Scoped) => sql`${members} where m.organization_id = ${scope} and m.group_id = w.id`,
    order: sql`m.user_id`,
    shown: users,
    criteria: (groupId: string): UserCriteria => ({ groupId }),
  },
  reportsOfUser: {
    from: (scope: Scoped) => sql`users u where u.organization_id = ${scope} and u.manager_id = w.id`,
    order: sql`u.id`,
    shown: users,
    criteria: (managerId: string): UserCriteria => ({ managerId }),
  },
};

/** Loads the first rows of lists that belong to other rows, for all rows of a request in one statement. */
export class Related {
  // The set of selected fields is the same object as long as the document is cached.
  readonly #loaders = new Map<ReadonlySet<string>, Map<string, DataLoader<Key, unknown[], string>>>();

  constructor(
    readonly within: (organizationId: OrganizationId) => Read,
    readonly cache: boolean,
  ) {}

  /** Returns the loader of the first `limit` rows of a list, with the selected fields. */
  first<T>(
    name: string,
    relation: Relation<T>,
    { limit, fields }: { limit: number; fields: ReadonlySet<string> },
  ): DataLoader<Key, T[], string> {
    const loaders = this.#loaders.get(fields) ?? new Map<string, DataLoader<Key, unknown[], string>>();
    this.#loaders.set(fields, loaders);
    const key = `${name} ${limit}`;
    const loader = (loaders.get(key) as DataLoader<Key, T[], string>) ?? this.#make(relation, limit, fields);
    loaders.set(key, loader);
    return loader;
  }

  #roleGrants: DataLoader<Key, RoleGrant[], string> | undefined;

  /** Loads the sources of the roles of users, by the user. */
  get roleGrants(): DataLoader<Key, RoleGrant[], string> {
    this.#roleGrants ??= this.#lists((read, keys: readonly Key[]) => findRoleGrants(read, idsOf(keys)));
    return this.#roleGrants;
  }

  #eventTypes: DataLoader<ProvisioningRequest, EventType[], string> | undefined;

  /** Loads the types of the events of requests, by the request. */
  get eventTypes(): DataLoader<ProvisioningRequest, EventType[], string> {
    this.#eventTypes ??= this.#lists(eventTypesOf);
    return this.#eventTypes;
  }

  #additions: DataLoader<GroupMember, EventRecord | null, string> | undefined;

  /** Loads the events by which members were added to groups. */
  get additions(): DataLoader<GroupMember, EventRecord | null, string> {
    const batch = async (members: readonly GroupMember[]): Promise<(EventRecord | null)[]> => {
      const found = new Map<string, EventRecord>();
      for (const organizationId of new Set(members.map((member) => member.organizationId))) {
        const own = members.filter((member) => member.organizationId === organizationId);
        for (const [key, event] of await findAdditions(this.within(organizationId), own)) found.set(key, event);
      }
      return members.map(({ groupId, id }) => found.get(keyOfMember(groupId, id)) ?? null);
    };
    const cacheKeyFn = ({ groupId, id }: GroupMember) => keyOfMember(groupId, id);
    this.#additions ??= new DataLoader(batch, { cache: this.cache, cacheKeyFn, maxBatchSize: 1_000 });
    return this.#additions;
  }

  #make<T>(relation: Relation<T>, limit: number, fields: ReadonlySet<string>): DataLoader<Key, T[], string> {
    return this.#lists((read, keys: readonly Key[]) => this.#read(read, relation, { ids: idsOf(keys), limit, fields }));
  }

  /** Returns a loader that yields a list for each key. `find` reads the lists of one organization. */
  #lists<K extends Key, T>(
    find: (read: Read, keys: readonly K[]) => Promise<ReadonlyMap<string, T[]>>,
  ): DataLoader<K, T[], string> {
    const batch = async (keys: readonly K[]): Promise<T[][]> => {
      const found = new Map<string, T[]>();
      for (const organizationId of new Set(keys.map((key) => key.organizationId))) {
        const own = keys.filter((key) => key.organizationId === organizationId);
        for (const [id, list] of await find(this.within(organizationId), own)) found.set(id, list);
      }
      return keys.map(({ id }) => found.get(id) ?? []);
    };
    const cacheKeyFn = ({ id }: K) => id;
    return new DataLoader<K, T[], string>(batch, { cache: this.cache, cacheKeyFn, maxBatchSize: 1_000 });
  }

  async #read<T>(
    read: Read,
    { shown, from, order }: Relation<T>,
    { ids, limit, fields }: Wanted,
  ): Promise<Map<string, T[]>> {
    const found = new Map<string, T[]>();
    const { where, scope, select, from: fromRow } = shown(read, fields);
    const rows = await read.session.run<Record<string, unknown>>(
      sql`select w.id as wanted_id, x.*
        from unnest(${[...new Set(ids)]}::text[]) w(id)
        cross join lateral (
          select ${select} from ${from(scope, read)} and ${where} order by ${order} limit ${limit}
        ) x`,
    );
    for (const row of rows) {
      const id = String(row.wanted_id);
      const list = found.get(id) ?? [];
      if (list.length === 0) found.set(id, list);
      list.push(fromRow(row));
    }
    return found;
  }
}

interface Wanted {
  ids: readonly string[];
  limit: number;
  fields: ReadonlySet<string>;
}
