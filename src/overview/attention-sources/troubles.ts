import { unreadEvents } from '../../delivery/consumers/unread-events.js';
import { type Sql, sql } from '../../storage/sql.js';
import { type AttentionSource, ofConnection, type SourceContext } from './source.js';

const latest = (limit: Sql) => sql`select r.at, r.status from provisioning_requests r
  where r.organization_id = a.organization_id and r.connection_id = a.connection_id and r.protocol = 'SCIM'
  order by r.id desc limit ${limit}`;

/** Returns the sources of IdPs that are silent or fail. */
const unhealthy = (at: SourceContext): AttentionSource[] => [
  {
    kind: 'CONNECTION_SILENT',
    action: 'connection.read',
    rank: '1',
    rows: sql`select a.organization_id, a.connection_id as subject_id, '' as detail,
          max(split_part(a.condition, ' ', 2)::timestamptz) as since, null::timestamptz as due_at, 1 as count
        from announcements a ${ofConnection} and c.scim_enabled
        where ${at.announced('SILENT')}
          and not exists (select from (${latest(sql`1`)}) l where l.at > split_part(a.condition, ' ', 2)::timestamptz)
        group by 1, 2`,
  },
  {
    kind: 'CONNECTION_FAILING',
    action: 'connection.read',
    rank: '0',
    rows: sql`select a.organization_id, a.connection_id as subject_id, '' as detail,
          max(split_part(a.condition, ' ', 2))::timestamptz as since, null::timestamptz as due_at, 1 as count
        from announcements a ${ofConnection} and c.scim_enabled
        where ${at.announced('FAILING')} and not exists (select from (${latest(sql`10`)}) l where l.status < 400)
        group by 1, 2`,
  },
];

/** Returns the sources of events of the last week. */
const reported = (at: SourceContext): AttentionSource[] => [
  {
    kind: 'MASS_CHANGE',
    action: 'connection.read',
    rank: '0',
    rows: sql`select e.organization_id, e.connection_id as subject_id, e.id as detail, e.occurred_at as since,
          null::timestamptz as due_at, coalesce((e.data->>'count')::int, 0) as count
        from events e join connections c on c.organization_id = e.organization_id and c.id = e.connection_id
        where ${at.ofEvents(sql`e.type = 'connection.mass_change'`, 7)}`,
  },
  {
    kind: 'DORMANT',
    action: 'connection.read',
    rank: '2',
    rows: sql`select e.organization_id, e.connection_id as subject_id, e.id as detail, e.occurred_at as since,
          (e.data->>'dueAt')::timestamptz as due_at, coalesce((e.data->>'count')::int, 0) as count
        from events e join connections c on c.organization_id = e.organization_id and c.id = e.connection_id
        where ${at.ofEvents(sql`e.type = 'connection.attention' and e.data->>'kind' = 'DORMANT'`, 8)}
          and (e.data->>'dueAt')::timestamptz > ${at.now}`,
  },
  {
    kind: 'HELD',
    action: 'user.readPrivate',
    rank: '2',
    rows: sql`select e.organization_id, e.user_id as subject_id, '' as detail, max(e.occurred_at) as since,
          null::timestamptz as due_at, count(*)::int as count
        from events e join users u on u.organization_id = e.organization_id and u.id = e.user_id
        where ${at.ofEvents(sql`e.type = 'connection.attention' and e.data->>'kind' = 'HELD'`, 7)} group by 1, 2`,
  },
];

/** Returns the sources of deliveries that are late. */
const late = (at: SourceContext): AttentionSource[] => [
  {
    kind: 'WEBHOOK_FAILING',
    action: 'webhook.read',
    rank: '0',
    rows: sql`select w.organization_id, w.id as subject_id, '' as detail,
          coalesce(w.failing_since, w.updated_at) as since, null::timestamptz as due_at, 1 as count
        from webhook_endpoints w where w.state = 'FAILING' and ${at.within(sql`w.organization_id`)}`,
  },
  {
    kind: 'CONSUMER_LAGGING',
    action: 'consumer.read',
    rank: '0',
    rows: sql`select c.organization_id, c.id as subject_id, '' as detail, c.told_at as since,
          null::timestamptz as due_at, ${unreadEvents}::int as count
        from event_consumers c where c.told_at is not null and ${at.within(sql`c.organization_id`)}`,
  },
];

/** Returns the sources of what has gone wrong. */
export const troubles = (at: SourceContext): AttentionSource[] => [...unhealthy(at), ...reported(at), ...late(at)];
