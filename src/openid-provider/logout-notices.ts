import type { Store } from '../access/store.js';
import type { LogoutNotice } from '../directory/sessions/logout-notice.js';
import { deleteNotice, leaseNotices, postponeNotice } from '../directory/sessions/logout-notices.js';
import { hourMs } from '../kernel/durations.js';
import type { OpenIdProvider } from './open-id-provider.js';

/**
 * Maximum number of attempts, over about one day. The application still detects the logout by token refresh and
 * introspection.
 */
const mostAttempts = 12;
const leaseMs = 30_000;
const batch = 20;

/**
 * Notifies applications of ended sessions (OpenID Connect Back-Channel Logout). Each notice is leased to one node at a
 * time and retried with increasing delays. Returns true if more notices can be due.
 */
export async function sendLogoutNotices(store: Store, openId: OpenIdProvider): Promise<boolean> {
  const now = store.now();
  const until = new Date(now.getTime() + leaseMs);
  const due = await leaseNotices(store.database, { now, until, limit: batch });
  await Promise.all(due.map((notice) => send(store, openId, notice)));
  return due.length === batch;
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
    await deleteNotice(store.database, key);
  } catch (error) {
    store.failures.note('an application could not be notified of a logout', error);
    if (notice.attempts >= mostAttempts) return deleteNotice(store.database, key);
    const pauseMs = Math.min(1_000 * 3 ** notice.attempts, 4 * hourMs) * (0.8 + Math.random() * 0.4);
    const nextAt = new Date(store.now().getTime() + pauseMs);
    await postponeNotice(store.database, key, nextAt);
  }
}
