import { X509Certificate } from 'node:crypto';
import { system } from '../../access/principal.js';
import type { Store } from '../../access/store.js';
import { type Tx, write } from '../../access/write.js';
import type { EventPayloads } from '../../events/payloads.js';
import type { ConnectionId, OrganizationId } from '../../ids.js';
import { sql } from '../../storage/sql.js';
import { useUp } from '../sign-in/use-up.js';

const dayMs = 86_400_000;
/** Days before its end on which a token or certificate is announced. */
const announcedDays = [90, 30, 7, 1];

interface Ending {
  organization_id: OrganizationId;
  connection_id: ConnectionId;
  /** The token, or the certificate's fingerprint. */
  id: string;
  due_at: Date;
  kind: 'TOKEN_EXPIRING' | 'CERTIFICATE_EXPIRING';
}

/** Tells of SCIM tokens and IdP certificates that run out, at 90, 30, 7 and 1 days before they do. */
export async function tellEndings(store: Store): Promise<void> {
  const now = store.now();
  const horizon = new Date(now.getTime() + 90 * dayMs);
  const tokens = await store.database.query<Ending>(sql`select organization_id, connection_id, id,
    expires_at as due_at, 'TOKEN_EXPIRING' as kind
    from scim_tokens
     where client_id is null and expires_at > ${now} and expires_at <= ${horizon}`);
  const signing = await store.database.query<{
    organization_id: OrganizationId;
    id: ConnectionId;
    certificates: string[];
  }>(sql`select organization_id, id, array(select jsonb_array_elements_text(saml->'certificates')) as certificates
     from connections where saml is not null and state = 'ACTIVE'`);
  const certificates = signing.flatMap(({ organization_id, id, certificates: pems }) =>
    pems.map((pem): Ending => {
      const { fingerprint256, validTo } = new X509Certificate(pem);
      return {
        organization_id,
        connection_id: id,
        id: fingerprint256,
        due_at: new Date(validTo),
        kind: 'CERTIFICATE_EXPIRING',
      };
    }),
  );
  for (const ending of [...tokens, ...certificates]) {
    const daysLeft = (ending.due_at.getTime() - now.getTime()) / dayMs;
    const announced = announcedDays.findLast((days) => daysLeft <= days);
    if (announced === undefined || daysLeft <= 0) continue;
    await write(store, system(ending.organization_id), (tx) => tellEnding(tx, ending, announced));
  }
}

async function tellEnding(tx: Tx, { connection_id: id, id: what, due_at: dueAt, kind }: Ending, days: number) {
  if (!(await useUp(tx, id, { id: `${kind} ${what} ${days}`, until: dueAt }))) return;
  tell(tx, id, kind === 'TOKEN_EXPIRING' ? { kind, dueAt, tokenId: what } : { kind, dueAt, fingerprint: what });
}

interface Habit {
  organization_id: OrganizationId;
  id: ConnectionId;
  last_at: Date;
  usual_ms: number | null;
  failed: boolean;
}

/** Silence counts from three times the usual pause on, and from an hour. */
const patience = 3;
const shortestMs = 3_600_000;
/** So many requests in a row have to fail. */
const failures = 10;

// The pauses between an IdP's cycles, of its latest requests: what lies within a minute belongs to one cycle.
const habits = `
  select c.organization_id, c.id, latest.last_at, latest.usual_ms, latest.failed
  from connections c, lateral (
    select max(at) as last_at,
      case when count(*) filter (where pause > interval '1 minute') >= 5 then
        extract(epoch from percentile_cont(0.5) within group (order by pause) filter (where pause > interval '1 minute')) * 1000
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

/** Tells of IdPs that have gone silent, or whose every request fails. Once for each time that it begins. */
export async function tellHabits(store: Store): Promise<void> {
  const now = store.now();
  for (const habit of await store.database.query<Habit>(habits)) {
    const { organization_id: organizationId, id, last_at: lastRequestAt, usual_ms: usualMs, failed } = habit;
    const silentMs = now.getTime() - lastRequestAt.getTime();
    const isSilent = usualMs !== null && silentMs > Math.max(shortestMs, patience * usualMs);
    if (!isSilent && !failed) continue;
    const kind = isSilent ? 'SILENT' : 'FAILING';
    await write(store, system(organizationId), async (tx) => {
      // A silence is known by the request before it; failures are told once a day.
      const since = isSilent ? lastRequestAt.toISOString() : now.toISOString().slice(0, 10);
      const until = new Date(now.getTime() + 90 * dayMs);
      if (!(await useUp(tx, id, { id: `${kind} ${since}`, until }))) return;
      const usual = usualMs === null ? {} : { usualIntervalMs: Math.round(usualMs) };
      tell(tx, id, { kind, lastRequestAt, dueAt: null, ...usual });
    });
  }
}

function tell(tx: Tx, id: ConnectionId, data: EventPayloads['connection.attention']): void {
  tx.emit({ type: 'connection.attention', subject: { type: 'connection', id }, connectionId: id, data });
}
