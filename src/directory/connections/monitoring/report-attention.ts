import { And, IsNull, LessThanOrEqual, MoreThan } from 'typeorm';
import { system } from '../../../access/principal.js';
import type { Store } from '../../../access/store.js';
import { type Tx, write } from '../../../access/write.js';
import type { EventPayloads } from '../../../events/payloads.js';
import { dayMs, hourMs } from '../../../kernel/durations.js';
import type { ConnectionId, OrganizationId } from '../../../kernel/ids.js';
import { sql } from '../../../storage/sql.js';
import type { Connection } from '../connection.js';
import { repairCertificates } from '../save-certificates.js';
import { ScimToken } from '../scim-token.js';
import { announceOnce, noticeDays } from './announce-once.js';

/** Days before the expiry of a token or certificate on which it is announced. */
const announcedDays = [noticeDays, 30, 7, 1];

interface Ending {
  organizationId: OrganizationId;
  connectionId: ConnectionId;
  /** The id of the token, or the fingerprint of the certificate. */
  id: string;
  dueAt: Date;
  kind: 'TOKEN_EXPIRING' | 'CERTIFICATE_EXPIRING';
}

/** Emits `connection.attention` for SCIM tokens and IdP certificates 90, 30, 7 and 1 days before they expire. */
export async function reportExpiringCredentials(store: Store): Promise<void> {
  await repairCertificates(store);
  const now = store.now();
  for (const ending of [...(await endingTokens(store, now)), ...(await endingCertificates(store, now))]) {
    const daysLeft = (ending.dueAt.getTime() - now.getTime()) / dayMs;
    const announced = announcedDays.findLast((days) => daysLeft <= days);
    if (announced === undefined || daysLeft <= 0) continue;
    await write(store, system(ending.organizationId), (tx) => reportExpiry(tx, ending, announced));
  }
}

const horizonAt = (now: Date) => new Date(now.getTime() + noticeDays * dayMs);

async function endingTokens({ database }: Store, now: Date): Promise<Ending[]> {
  const expiresAt = And(MoreThan(now), LessThanOrEqual(horizonAt(now)));
  const tokens = await database.manager.findBy(ScimToken, { clientId: IsNull(), expiresAt });
  return tokens.flatMap(({ organizationId, connectionId, id, expiresAt: dueAt }) =>
    dueAt === null ? [] : { organizationId, connectionId, id, dueAt, kind: 'TOKEN_EXPIRING' },
  );
}

async function endingCertificates({ database }: Store, now: Date): Promise<Ending[]> {
  const rows = await database.query<Omit<Ending, 'kind'>>(
    sql`select k.organization_id as "organizationId", k.connection_id as "connectionId", k.fingerprint as id,
        k.expires_at as "dueAt"
      from idp_certificates k join connections c on c.organization_id = k.organization_id and c.id = k.connection_id
      where c.state = 'ACTIVE' and k.expires_at > ${now} and k.expires_at <= ${horizonAt(now)}`,
  );
  return rows.map((row) => ({ ...row, kind: 'CERTIFICATE_EXPIRING' }));
}

async function reportExpiry(tx: Tx, { connectionId: id, id: what, dueAt, kind }: Ending, days: number) {
  if (!(await announceOnce(tx, id, { condition: `${kind} ${what} ${days}`, until: dueAt }))) return;
  emitAttention(
    tx,
    id,
    kind === 'TOKEN_EXPIRING' ? { kind, dueAt, tokenId: what } : { kind, dueAt, fingerprint: what },
  );
}

interface Habit extends Pick<Connection, 'organizationId' | 'id'> {
  lastAt: Date;
  usualMs: number | null;
  failed: boolean;
}

/** An IdP counts as silent after three times its usual interval between requests, and after at least one hour. */
const patience = 3;
const shortestMs = hourMs;
/** Days for which a reported silence or failure is not reported again. */
const rememberedDays = 90;
/** Number of consecutive failed requests after which an IdP is reported as failing. */
const failures = 10;

// Calculates the usual interval between an IdP's cycles from its latest requests. Requests within one minute belong to
// the same cycle. Handwritten SQL, because TypeORM has no lateral joins.
const habits = sql`
  select c.organization_id as "organizationId", c.id, latest.last_at as "lastAt", latest.usual_ms as "usualMs",
    latest.failed
  from connections c, lateral (
    select max(at) as last_at,
      case when count(*) filter (where pause > interval '1 minute') >= 5 then
        1000 * extract(epoch from
          percentile_cont(0.5) within group (order by pause) filter (where pause > interval '1 minute'))
      end::double precision as usual_ms,
      count(*) filter (where n <= ${failures} and status >= 400) = ${failures} as failed
    from (
      select at, status, at - lead(at) over (order by id desc) as pause, row_number() over (order by id desc) as n
      from (
        select id, at, status from provisioning_requests r
        where r.organization_id = c.organization_id and r.connection_id = c.id and r.protocol = 'SCIM'
        order by id desc limit 2000
      ) requests
    ) paused
  ) latest
  where c.scim_enabled and c.state = 'ACTIVE' and latest.last_at is not null`;

/** Emits `connection.attention` for IdPs that have become silent, or whose latest requests have all failed. */
export async function reportIdpHealth(store: Store): Promise<void> {
  const now = store.now();
  for (const habit of await store.database.query<Habit>(habits)) {
    const { organizationId, id, lastAt: lastRequestAt, usualMs, failed } = habit;
    const silentMs = now.getTime() - lastRequestAt.getTime();
    const isSilent = usualMs !== null && silentMs > Math.max(shortestMs, patience * usualMs);
    if (!isSilent && !failed) continue;
    const kind = isSilent ? 'SILENT' : 'FAILING';
    await write(store, system(organizationId), async (tx) => {
      // A silence is identified by the last request before it. Failures are reported once per day.
      const since = isSilent ? lastRequestAt.toISOString() : now.toISOString().slice(0, 10);
      const until = new Date(now.getTime() + rememberedDays * dayMs);
      if (!(await announceOnce(tx, id, { condition: `${kind} ${since}`, until }))) return;
      const usual = usualMs === null ? {} : { usualIntervalMs: Math.round(usualMs) };
      emitAttention(tx, id, { kind, lastRequestAt, dueAt: null, ...usual });
    });
  }
}

function emitAttention(tx: Tx, id: ConnectionId, data: EventPayloads['connection.attention']): void {
  tx.emit({ type: 'connection.attention', subject: { type: 'connection', id }, connectionId: id, data });
}
