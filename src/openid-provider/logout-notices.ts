import type { Store } from '../access/store.js';
import { LogoutNotice } from '../directory/sessions/logout-notice.js';
import { rowsOf } from '../storage/rows.js';
import { sql } from '../storage/sql.js';
import type { OpenIdProvider } from './open-id-provider.js';

/**
 * Maximum number of attempts, over about one day. The application still detects the logout by token refresh and
 * introspection.
 */
const mostAttempts = 12;
const leaseMs = 30_000;

/**
 * Notifies applications of ended sessions (OpenID Connect Back-Channel Logout). Each notice is leased to one node at a
 * time and retried with increasing delays. Returns true if more notices can be due.
 */
export async function sendLogoutNotices(store: Store, openId: OpenIdProvider): Promise<boolean> {
  const now = store.now();
  const due = await store.database.query<Record<string, unknown>>(
    sql`update logout_notices n set next_at = ${new Date(now.getTime() + leaseMs)}, attempts = attempts + 1
      from (
        select organization_id, session_id, application_id from logout_notices
        where next_at <= ${now} order by next_at limit 20 for update skip locked
      ) due
      where n.organization_id = due.organization_id and n.session_id = due.session_id
        and n.application_id = due.application_id
      returning n.*`,
  );
  const mapping = rowsOf(store.database.dataSource, LogoutNotice);
  await Promise.all(due.map((row) => send(store, openId, mapping.from(row))));
  return due.length === 20;
}

async function send(store: Store, openId: OpenIdProvider, notice: LogoutNotice): Promise<void> {
  const provider = await openId.current();
  const { organizationId, sessionId, applicationId, userId } = notice;
  const key = { organizationId, sessionId, applicationId };
  try {
    const client = await provider.Client.find(applicationId);
    const told = client as
      | (InstanceType<typeof provider.Client> & { backchannelLogout?: (sub: string, sid: string) => Promise<void> })
      | undefined;
    await told?.backchannelLogout?.(userId, sessionId);
    await store.database.manager.delete(LogoutNotice, key);
  } catch (error) {
    store.failures.note('an application could not be notified of a logout', error);
    if (notice.attempts >= mostAttempts) return void (await store.database.manager.delete(LogoutNotice, key));
    const pauseMs = Math.min(1_000 * 3 ** notice.attempts, 4 * 3_600_000) * (0.8 + Math.random() * 0.4);
    const nextAt = new Date(store.now().getTime() + pauseMs);
    await store.database.manager.update(LogoutNotice, key, { nextAt });
  }
}
