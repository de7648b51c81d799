import { noticeDays } from '../../directory/connections/monitoring/announce-once.js';
import { integer, type Sql, sql } from '../../storage/sql.js';
import type { AttentionSource, SourceContext } from './source.js';

/** Days after its expiry in which a token or certificate is listed. */
const expiredDays = 30;

const notice = sql`make_interval(days => ${integer(noticeDays)})`;
const since = (created: Sql, due: Sql) => sql`greatest(${created}, ${due} - ${notice})`;

/** Returns the sources of tokens, secrets and certificates that expire. */
export const expiring = (at: SourceContext): AttentionSource[] => [
  {
    kind: 'TOKEN_EXPIRING',
    action: 'connection.read',
    rank: 'by due time',
    credential: sql`concat('SCIM token ', s.hint, ' of connection "', s.name, '"')`,
    // A token that a later one replaces expires as intended.
    rows: sql`select t.organization_id, t.connection_id as subject_id, t.id as detail, t.hint, c.name,
          ${since(sql`t.created_at`, sql`t.expires_at`)} as since, t.expires_at as due_at, 1 as count
        from scim_tokens t join connections c on c.organization_id = t.organization_id and c.id = t.connection_id
          and c.scim_enabled and c.state <> 'INACTIVE'
        where t.client_id is null and ${at.expires(sql`t.expires_at`, expiredDays)}
          and ${at.within(sql`t.organization_id`)}
          and not exists (select from scim_tokens n where n.organization_id = t.organization_id
            and n.connection_id = t.connection_id and n.client_id is null and n.id <> t.id
            and (n.expires_at is null or n.expires_at > t.expires_at))`,
  },
  {
    kind: 'CERTIFICATE_EXPIRING',
    action: 'connection.read',
    rank: 'by due time',
    credential: sql`concat('SAML certificate ', left(s.detail, 11), '… of connection "', s.name, '"')`,
    rows: sql`select k.organization_id, k.connection_id as subject_id, k.fingerprint as detail, c.name,
          k.expires_at - ${notice} as since, k.expires_at as due_at, 1 as count
        from idp_certificates k join connections c on c.organization_id = k.organization_id and c.id = k.connection_id
          and c.state = 'ACTIVE'
        where ${at.expires(sql`k.expires_at`, expiredDays)} and ${at.within(sql`k.organization_id`)}`,
  },
  {
    kind: 'SECRET_EXPIRING',
    action: 'apiKey.read',
    rank: 'by due time',
    credential: sql`concat('API key ', s.hint, ' "', s.name, '"')`,
    rows: sql`select k.organization_id, k.id as subject_id, '' as detail, k.hint, k.name,
          ${since(sql`k.created_at`, sql`k.expires_at`)} as since, k.expires_at as due_at, 1 as count
        from api_keys k where ${at.expires(sql`k.expires_at`, 7)} and ${at.within(sql`k.organization_id`)}`,
  },
  {
    kind: 'SECRET_EXPIRING',
    action: 'application.read',
    rank: 'by due time',
    credential: sql`concat('Client secret ', s.hint, ' of application "', s.name, '"')`,
    rows: sql`select p.organization_id, p.id as subject_id, s.id as detail, s.hint, p.name,
          ${since(sql`s.created_at`, sql`s.expires_at`)} as since, s.expires_at as due_at, 1 as count
        from application_secrets s join applications p on p.id = s.application_id
        where ${at.expires(sql`s.expires_at`, 7)} and ${at.within(sql`p.organization_id`)}
          and not exists (select from application_secrets n where n.application_id = s.application_id
            and n.id <> s.id and (n.expires_at is null or n.expires_at > s.expires_at))`,
  },
];
