import { sql } from '../../storage/sql.js';
import type { AttentionSource, SourceContext } from './source.js';

/** Returns the sources of what waits for an operator. */
export const pending = (at: SourceContext): AttentionSource[] => [
  {
    kind: 'ADOPTION_PENDING',
    action: 'connection.read',
    rank: '1',
    rows: sql`select q.organization_id, q.connection_id as subject_id, '' as detail, min(q.created_at) as since,
          null::timestamptz as due_at, count(*)::int as count
        from adoption_requests q where q.state = 'PENDING' and ${at.within(sql`q.organization_id`)} group by 1, 2`,
  },
  {
    kind: 'LINK_PENDING',
    action: 'connection.read',
    rank: '1',
    rows: sql`select q.organization_id, q.connection_id as subject_id, '' as detail, min(q.created_at) as since,
          min(q.expires_at) as due_at, count(*)::int as count
        from link_requests q where q.state = 'PENDING' and q.expires_at > ${at.now}
          and ${at.within(sql`q.organization_id`)} group by 1, 2`,
  },
  {
    kind: 'SEATS_EXCEEDED',
    action: 'organization.readPrivate',
    rank: '1',
    // The mark stays if the limit is raised, so the seats are counted again.
    rows: sql`select x.id as organization_id, x.id as subject_id, '' as detail, x.seats_exceeded_since as since,
          null::timestamptz as due_at, used.n::int as count
        from organizations x, lateral (
          select coalesce(sum(s.n), 0) as n from seat_counts s where s.organization_id = x.id
        ) used
        where x.seats_exceeded_since is not null and ${at.within(sql`x.id`)} and used.n >= x.seat_limit`,
  },
  {
    kind: 'DOMAIN_LAPSED',
    action: 'organization.readPrivate',
    rank: '1',
    rows: sql`select d.organization_id, d.id as subject_id, '' as detail, d.failing_since as since,
          d.failing_since + interval '7 days' as due_at, 1 as count
        from domains d where d.failing_since is not null and d.state = 'VERIFIED' and ${at.within(sql`d.organization_id`)}
        union all
        select e.organization_id, d.id, '', max(e.occurred_at), max(e.occurred_at), 1
        from events e join domains d on d.organization_id = e.organization_id and d.id = e.subject_id
          and d.state = 'PENDING'
        where ${at.ofEvents(sql`e.type = 'domain.lapsed'`, 30)} group by 1, 2`,
  },
];
