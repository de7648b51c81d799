import type { Store } from '../access/store.js';
import type { ApplicationId, OrganizationId, SessionId, UserId } from '../ids.js';
import { sql } from '../storage/sql.js';
import type { OpenIdProvider } from './open-id-provider.js';

/** After these the application has been away for a day. Refreshing and introspection tell it all the same. */
const mostAttempts = 12;
const leaseMs = 30_000;

interface Row {
  organization_id: OrganizationId;
  session_id: SessionId;
  application_id: ApplicationId;
  user_id: UserId;
  attempts: number;
}

/**
 * Tells applications of sessions that have ended (OpenID Connect Back-Channel Logout). Each notice is taken by one node at a
 * time, and tried again with growing pauses. True when there may be more.
 */
export async function sendLogoutNotices(store: Store, openId: OpenIdProvider): Promise<boolean> {
  const now = store.now();
  const due = await store.database.query<Row>(sql`update logout_notices n
    set next_at = ${new Date(now.getTime() + leaseMs)},
    attempts = attempts + 1 from (
       select organization_id, session_id, application_id from logout_notices where next_at <= ${now}
       order by next_at limit 20 for update skip locked
     ) due
     where n.organization_id = due.organization_id and n.session_id = due.session_id
       and n.application_id = due.application_id
     returning n.*`);
  await Promise.all(due.map((notice) => send(store, openId, notice)));
  return due.length === 20;
}

async function send(store: Store, openId: OpenIdProvider, notice: Row): Promise<void> {
  const provider = await openId.current();
  const ofNotice = sql`organization_id = ${notice.organization_id} and session_id = ${notice.session_id}
    and application_id = ${notice.application_id}`;
  try {
    const client = await provider.Client.find(notice.application_id);
    const told = client as
      | (InstanceType<typeof provider.Client> & { backchannelLogout?: (sub: string, sid: string) => Promise<void> })
      | undefined;
    await told?.backchannelLogout?.(notice.user_id, notice.session_id);
    await store.database.query(sql`delete from logout_notices where ${ofNotice}`);
  } catch (error) {
    store.failures.note('an application could not be notified of a logout', error);
    if (notice.attempts >= mostAttempts)
      return void (await store.database.query(sql`delete from logout_notices where ${ofNotice}`));
    const pauseMs = Math.min(1_000 * 3 ** notice.attempts, 4 * 3_600_000) * (0.8 + Math.random() * 0.4);
    await store.database.query(
      sql`update logout_notices set next_at = ${new Date(store.now().getTime() + pauseMs)} where ${ofNotice}`,
    );
  }
}
