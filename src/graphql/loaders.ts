import DataLoader from 'dataloader';
import { ApiKey } from '../access/api-key.js';
import { Connection } from '../directory/connections/connection.js';
import { Group } from '../directory/groups/group.js';
import { Organization } from '../directory/organizations/organization.js';
import { Identity } from '../directory/users/identity.js';
import { selectUsers, usersIn } from '../directory/users/load-user.js';
import type { User } from '../directory/users/user.js';
import type { Session } from '../storage/database.js';
import { rowsOf } from '../storage/rows.js';

/** A row of one organization: a batch never reaches into another one. */
export interface Key {
  organizationId: string;
  id: string;
}
type Row = Record<string, unknown>;

const keyText = ({ organizationId, id }: Key) => `${organizationId}/${id}`;
const pairs = (keys: readonly Key[]) => [keys.map(({ organizationId }) => organizationId), keys.map(({ id }) => id)];
const wanted = '(select distinct * from unnest($1::text[], $2::text[]) as w(organization_id, id)) w';

/**
 * Related objects, gathered over one tick: a page of 50 asks once and not 50 times. With `cache` they are also kept, for
 * the length of a request; a socket lives too long for that.
 */
export function makeLoaders(session: Session, { cache }: { cache: boolean }) {
  const loader = <T>(batch: (keys: readonly Key[]) => Promise<T[]>) =>
    new DataLoader<Key, T, string>(batch, { cache, cacheKeyFn: keyText, maxBatchSize: 1_000 });
  const grouped = async (keys: readonly Key[], sql: string, extra: unknown[] = []): Promise<Row[][]> => {
    const rows = await session.query<Row>(sql, [...pairs(keys), ...extra]);
    const byKey = new Map<string, Row[]>();
    for (const row of rows) {
      const key = `${row.wanted_organization}/${row.wanted_id}`;
      byKey.set(key, [...(byKey.get(key) ?? []), row]);
    }
    return keys.map((key) => byKey.get(keyText(key)) ?? []);
  };
  const marks = 'w.organization_id as wanted_organization, w.id as wanted_id';
  const many = <T extends object>(entity: abstract new () => T, sql: string) =>
    loader(async (keys) =>
      (await grouped(keys, sql)).map((rows) => rows.map((row) => rowsOf(session.dataSource, entity).from(row))),
    );
  const one = <T extends object>(entity: abstract new () => T, table: string) =>
    loader(async (keys): Promise<(T | null)[]> => {
      const sql = `select t.*, ${marks} from ${wanted} join ${table} t on t.organization_id = w.organization_id and t.id = w.id`;
      return (await grouped(keys, sql)).map(([row]) => (row ? rowsOf(session.dataSource, entity).from(row) : null));
    });
  const users = loader(async (keys): Promise<(User | null)[]> => {
    const sql = selectUsers
      .replace('select u.*', `select ${marks}, u.*`)
      .replace('from users u', `from ${wanted} join users u on u.organization_id = w.organization_id and u.id = w.id`);
    return (await grouped(keys, sql)).map((rows) => usersIn(session, rows)[0] ?? null);
  });
  const groupsOf = new Map<number, DataLoader<Key, Group[], string>>();
  const counts = (sql: string) =>
    loader(async (keys) => (await grouped(keys, sql)).map(([row]) => Number(row?.n ?? 0)));
  return {
    user: users,
    group: one(Group, 'groups'),
    connection: one(Connection, 'connections'),
    apiKey: one(ApiKey, 'api_keys'),
    organization: loader(async (keys): Promise<(Organization | null)[]> => {
      const sql = `select o.*, ${marks} from ${wanted} join organizations o on o.id = w.id`;
      return (await grouped(keys, sql)).map(([row]) =>
        row ? rowsOf(session.dataSource, Organization).from(row) : null,
      );
    }),
    identities: many(
      Identity,
      `select i.*, ${marks} from ${wanted}
       join identities i on i.organization_id = w.organization_id and i.user_id = w.id order by i.created_at`,
    ),
    memberCount: counts(
      `select count(m.user_id) as n, ${marks} from ${wanted}
       left join memberships m on m.organization_id = w.organization_id and m.group_id = w.id group by w.organization_id, w.id`,
    ),
    childGroups: many(
      Group,
      `select g.*, ${marks} from ${wanted}
       join group_nestings n on n.organization_id = w.organization_id and n.group_id = w.id
       join groups g on g.organization_id = n.organization_id and g.id = n.child_group_id order by g.id`,
    ),
    parentGroups: many(
      Group,
      `select g.*, ${marks} from ${wanted}
       join group_nestings n on n.organization_id = w.organization_id and n.child_group_id = w.id
       join groups g on g.organization_id = n.organization_id and g.id = n.group_id order by g.id`,
    ),
    /** The first `limit` groups of each user. */
    firstGroups: (limit: number): DataLoader<Key, Group[], string> => {
      const sql = `select g.*, ${marks} from ${wanted} cross join lateral (
          select g.* from memberships m join groups g on g.organization_id = m.organization_id and g.id = m.group_id
          where m.organization_id = w.organization_id and m.user_id = w.id order by m.group_id limit $3) g`;
      const known =
        groupsOf.get(limit) ??
        loader(async (keys) => {
          const rows = await grouped(keys, sql, [limit]);
          return rows.map((list) => list.map((row) => rowsOf(session.dataSource, Group).from(row)));
        });
      groupsOf.set(limit, known);
      return known;
    },
  };
}

export type Loaders = ReturnType<typeof makeLoaders>;
