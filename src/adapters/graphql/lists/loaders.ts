import DataLoader from 'dataloader';
import { ApiKey } from '../../../credentials/api-keys/api-key.js';
import { Consumer } from '../../../delivery/consumers/consumer.js';
import { WebhookEndpoint } from '../../../delivery/webhooks/endpoint.js';
import { Application } from '../../../directory/applications/application.js';
import { Connection } from '../../../directory/connections/connection.js';
import { ScimClient } from '../../../directory/connections/scim-client.js';
import { ScimToken } from '../../../directory/connections/scim-token.js';
import { Group } from '../../../directory/groups/group.js';
import { Domain } from '../../../directory/organizations/domain.js';
import { Organization } from '../../../directory/organizations/organization.js';
import { ProvisioningRequest } from '../../../directory/requests/provisioning-request.js';
import { SignInSession } from '../../../directory/sessions/session.js';
import { Identity } from '../../../directory/users/identity.js';
import { externalIdOfUser, usersIn } from '../../../directory/users/queries/load-user.js';
import { inStatus } from '../../../directory/users/queries/user-conditions.js';
import type { User, UserStatus } from '../../../directory/users/user.js';
import { EventRecord } from '../../../events/event.js';
import type { OrganizationId } from '../../../kernel/ids.js';
import { rowsOf } from '../../../storage/rows.js';
import type { Session } from '../../../storage/session.js';
import { names, type Sql, sql } from '../../../storage/sql.js';
import { findHomes, type Home } from './find-homes.js';

/** Key of a row within its organization. A batch never reads rows of another organization. */
export interface Key {
  organizationId: OrganizationId;
  id: string;
}
/** Returns the key of a row of an organization or of the platform, for the loaders `owned...`. */
export const ownedKeyOf = ({ organizationId, id }: { organizationId: OrganizationId | null; id: string }): Key => ({
  organizationId: organizationId ?? ('' as OrganizationId),
  id,
});
type Row = Record<string, unknown>;

const keyText = ({ organizationId, id }: Key) => `${organizationId}/${id}`;

/** Requested keys, as a table `w`. */
type Wanted = Sql;
const wantedOf = (keys: readonly Key[]): Wanted =>
  sql`(select distinct * from unnest(${keys.map((key) => key.organizationId)}::text[], ${keys.map(({ id }) => id)}::text[])
    as w(organization_id, id)) w`;

const marks = sql`w.organization_id as wanted_organization, w.id as wanted_id`;

/** Creates loaders that read the rows of all keys requested in one tick together. */
class Batches {
  constructor(
    readonly session: Session,
    readonly cache: boolean,
  ) {}

  loader<T>(batch: (keys: readonly Key[]) => Promise<T[]>): DataLoader<Key, T, string> {
    return new DataLoader<Key, T, string>(batch, { cache: this.cache, cacheKeyFn: keyText, maxBatchSize: 1_000 });
  }

  /** Returns the rows of each key. The statement must select the marks. */
  async grouped(keys: readonly Key[], statement: (wanted: Wanted) => Sql): Promise<Row[][]> {
    const rows = await this.session.query<Row>(statement(wantedOf(keys)));
    const byKey = new Map<string, Row[]>();
    for (const row of rows) {
      const key = `${row.wanted_organization}/${row.wanted_id}`;
      byKey.set(key, [...(byKey.get(key) ?? []), row]);
    }
    return keys.map((key) => byKey.get(keyText(key)) ?? []);
  }

  many<T extends object>(
    entity: abstract new () => T,
    statement: (wanted: Wanted) => Sql,
  ): DataLoader<Key, T[], string> {
    const mapping = rowsOf(this.session.dataSource, entity);
    return this.loader(async (keys) =>
      (await this.grouped(keys, statement)).map((rows) => rows.map((row) => mapping.from(row))),
    );
  }

  /** Loads one value for each key. The statement must select the marks, and the value as `value`. */
  value<T>(statement: (wanted: Wanted) => Sql, missing: T): DataLoader<Key, T, string> {
    return this.loader(async (keys) =>
      (await this.grouped(keys, statement)).map(([row]) => (row ? (row.value as T) : missing)),
    );
  }

  one<T extends object>(entity: abstract new () => T): DataLoader<Key, T | null, string> {
    const mapping = rowsOf(this.session.dataSource, entity);
    const statement = (wanted: Wanted) => sql`select t.*, ${marks} from ${wanted}
      join ${names([mapping.table])} t on t.organization_id = w.organization_id and t.id = w.id`;
    return this.loader(async (keys) =>
      (await this.grouped(keys, statement)).map(([row]) => (row ? mapping.from(row) : null)),
    );
  }

  /** Loads rows of organizations and of the platform. The organization of a platform row is an empty text. */
  owned<T extends object>(entity: abstract new () => T): DataLoader<Key, T | null, string> {
    const mapping = rowsOf(this.session.dataSource, entity);
    const statement = (wanted: Wanted) => sql`select t.*, ${marks} from ${wanted}
      join ${names([mapping.table])} t on t.id = w.id and coalesce(t.organization_id, '') = w.organization_id`;
    return this.loader(async (keys) =>
      (await this.grouped(keys, statement)).map(([row]) => (row ? mapping.from(row) : null)),
    );
  }

  users(): DataLoader<Key, User | null, string> {
    const statement = (wanted: Wanted) => sql`select ${marks}, u.*, ${externalIdOfUser} as scim_external_id
      from ${wanted} join users u on u.organization_id = w.organization_id and u.id = w.id`;
    return this.loader(async (keys) =>
      (await this.grouped(keys, statement)).map((rows) => usersIn(this.session, rows)[0] ?? null),
    );
  }

  /** Loads the organization of any object by its id. */
  homes(): DataLoader<string, Home | null> {
    return new DataLoader<string, Home | null>((ids) => findHomes(this.session, ids), {
      cache: this.cache,
      maxBatchSize: 1_000,
    });
  }

  /** Loads logged requests by their request id. Bodies are large, and a page of events can have 1,000 requests. */
  requests({ withBodies }: { withBodies: boolean }): DataLoader<Key, ProvisioningRequest[], string> {
    const rows = rowsOf(this.session.dataSource, ProvisioningRequest);
    const properties = new Set(rows.metadata.columns.map(({ propertyName }) => propertyName));
    if (!withBodies) for (const body of ['requestText', 'responseText']) properties.delete(body);
    const { names: read, from } = rows.pick(properties);
    const shown = names(read.map((name) => `r.${name}`));
    return this.loader(async (keys) => (await this.grouped(keys, requests(shown))).map((found) => found.map(from)));
  }

  organizations(): DataLoader<Key, Organization | null, string> {
    const mapping = rowsOf(this.session.dataSource, Organization);
    const statement = (wanted: Wanted) =>
      sql`select o.*, ${marks} from ${wanted} join organizations o on o.id = w.id and o.deleted_at is null`;
    return this.loader(async (keys) =>
      (await this.grouped(keys, statement)).map(([row]) => (row ? mapping.from(row) : null)),
    );
  }

  /** Loads organizations by their externalId, which is unique in the deployment. */
  organizationsByExternalId(): DataLoader<string, Organization | null> {
    const mapping = rowsOf(this.session.dataSource, Organization);
    return new DataLoader<string, Organization | null>(
      async (externalIds) => {
        const found = await this.session.query<Row>(
          sql`select * from organizations where external_id = any(${externalIds}) and deleted_at is null`,
        );
        const known = new Map(found.map((row) => [row.external_id, mapping.from(row)]));
        return externalIds.map((externalId) => known.get(externalId) ?? null);
      },
      { cache: this.cache, maxBatchSize: 1_000 },
    );
  }
}

const identities = (wanted: Wanted) => sql`select i.*, ${marks} from ${wanted}
  join identities i on i.organization_id = w.organization_id and i.user_id = w.id order by i.created_at`;
const nested = (near: Sql, far: Sql) => (wanted: Wanted) =>
  sql`select g.*, ${marks} from ${wanted}
  join group_nestings n on n.organization_id = w.organization_id and n.${near} = w.id
  join groups g on g.organization_id = n.organization_id and g.id = n.${far} order by g.id`;
const sessions = (wanted: Wanted, now: Date) => sql`select s.*, ${marks} from ${wanted}
  join sessions s on s.organization_id = w.organization_id and s.user_id = w.id
  where s.ended_at is null and s.expires_at > ${now} order by s.id`;
const domains = (wanted: Wanted) =>
  sql`select d.*, ${marks} from ${wanted} join domains d on d.organization_id = w.id order by d.domain`;
const connections = (wanted: Wanted) =>
  sql`select c.*, ${marks} from ${wanted} join connections c on c.organization_id = w.id order by c.id`;
const requests = (shown: Sql) => (wanted: Wanted) =>
  sql`select ${shown}, ${marks} from ${wanted}
  join provisioning_requests r on r.organization_id = w.organization_id and r.request_id = w.id order by r.id`;
// The domains are known by their ids, so their rows are not read, and conditions on them do not fit.
const assigned = (wanted: Wanted) => sql`select c.*, ${marks} from ${wanted}
  join domain_connections d on d.organization_id = w.organization_id and d.domain_id = w.id
  join connections c on c.organization_id = d.organization_id and c.id = d.connection_id order by c.id`;
const scimTokens = (wanted: Wanted, now: Date) => sql`select t.*, ${marks} from ${wanted}
  join scim_tokens t on t.organization_id = w.organization_id and t.connection_id = w.id
  where t.client_id is null and (t.expires_at is null or t.expires_at > ${now}) order by t.id`;
const scimClients = (wanted: Wanted) => sql`select c.*, ${marks} from ${wanted}
  join scim_clients c on c.organization_id = w.organization_id and c.connection_id = w.id order by c.id`;
const seats = (wanted: Wanted) => sql`select ${marks}, sum(s.n)::bigint as value from ${wanted}
  join seat_counts s on s.organization_id = w.id group by w.organization_id, w.id`;
const userCounts = (status: readonly UserStatus[] | null) => (wanted: Wanted) =>
  sql`select ${marks}, count(*) as value from ${wanted}
    join users u on u.organization_id = w.id and ${status ? inStatus(status) : sql`true`} group by w.organization_id, w.id`;
const newestEvents = (wanted: Wanted) => sql`select ${marks}, e.occurred_at as value from ${wanted}
  cross join lateral (select occurred_at from events
    where organization_id = w.id order by position desc limit 1) e`;

/**
 * Creates the loaders of related objects. Each collects its keys over one tick, so a page of 50 rows needs one query
 * instead of 50. With `cache`, results are kept for the duration of a request; a socket is too long-lived for that.
 */
export function makeLoaders(session: Session, { cache, now }: { cache: boolean; now: () => Date }) {
  const batches = new Batches(session, cache);
  const userCountsByStatus = new Map<string, DataLoader<Key, number, string>>();
  return {
    user: batches.users(),
    group: batches.one(Group),
    connection: batches.one(Connection),
    domain: batches.one(Domain),
    event: batches.one(EventRecord),
    request: batches.one(ProvisioningRequest),
    session: batches.one(SignInSession),
    ownedApplication: batches.owned(Application),
    ownedConsumer: batches.owned(Consumer),
    ownedEndpoint: batches.owned(WebhookEndpoint),
    ownedKey: batches.owned(ApiKey),
    organization: batches.organizations(),
    /** Organizations, by their externalId. The caller checks that the principal can see them. */
    organizationByExternalId: batches.organizationsByExternalId(),
    /** Organizations of objects, by the id of the object. */
    home: batches.homes(),
    /** Identities, by the id of their user. */
    identities: batches.many(Identity, identities),
    /** Valid sessions, by the id of their user. */
    sessions: batches.many(SignInSession, (wanted) => sessions(wanted, now())),
    /** Groups that are members of a group, by the id of that group. */
    childGroups: batches.many(Group, nested(sql`group_id`, sql`child_group_id`)),
    /** Groups that have a group as a member, by the id of that group. */
    parentGroups: batches.many(Group, nested(sql`child_group_id`, sql`group_id`)),
    /** Domains, by the id of their organization. */
    domains: batches.many(Domain, domains),
    /** Logged requests of IdPs without their bodies, by their request id. */
    requests: batches.requests({ withBodies: false }),
    /** Logged requests of IdPs, by their request id. */
    requestsWithBodies: batches.requests({ withBodies: true }),
    /** Connections, by the id of their organization. */
    connections: batches.many(Connection, connections),
    /** Valid bearer tokens, by their connection. */
    scimTokens: batches.many(ScimToken, (wanted) => scimTokens(wanted, now())),
    /** OAuth clients, by their connection. */
    scimClients: batches.many(ScimClient, scimClients),
    /** Number of occupied seats, by the organization. */
    seatsUsed: batches.value<number>(seats, 0),
    /** Returns the loader of the number of users that have one of the statuses, by the organization. */
    userCount(status: readonly UserStatus[] | null): DataLoader<Key, number, string> {
      const name = status ? [...new Set(status)].sort().join() : 'all';
      const loader = userCountsByStatus.get(name) ?? batches.value<number>(userCounts(status), 0);
      userCountsByStatus.set(name, loader);
      return loader;
    },
    /** Time of the newest event, by the organization. */
    lastEventAt: batches.value<Date | null>(newestEvents, null),
    /** Connections that are authoritative for a domain, by the id of the domain. */
    assigned: batches.many(Connection, assigned),
  };
}

export type Loaders = ReturnType<typeof makeLoaders>;
