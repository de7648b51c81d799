import { pruneIdempotencyKeys } from '../access/idempotency.js';
import type { Store } from '../access/store.js';
import type { Config } from '../config/config.js';
import { pruneArtifacts } from '../credentials/oauth/artifacts.js';
import { reportLaggingConsumers } from '../delivery/consumers/report-lagging-consumers.js';
import { pruneEvents } from '../delivery/retention.js';
import { foldCounts } from '../directory/connections/managed-counts.js';
import { pruneAnnouncements } from '../directory/connections/monitoring/announce-once.js';
import { reportMassChanges } from '../directory/connections/monitoring/mass-change.js';
import { reportExpiringCredentials, reportIdpHealth } from '../directory/connections/monitoring/report-attention.js';
import { reapplyNextRules } from '../directory/connections/rules/reapply-rules.js';
import { pruneClientTokens } from '../directory/connections/scim-tokens.js';
import { pruneSetupLinks } from '../directory/connections/setup-links.js';
import { purgeOrganizations } from '../directory/organizations/delete-organization.js';
import { recheckDomains } from '../directory/organizations/recheck-domains.js';
import { foldSeats } from '../directory/organizations/seats.js';
import { pruneRequests } from '../directory/requests/request-log.js';
import { pruneSessions } from '../directory/sessions/prune-sessions.js';
import { pruneLinkRequests } from '../directory/sign-in/link-requests.js';
import { pruneTrips } from '../directory/sign-in/trips.js';
import { pruneUsed } from '../directory/sign-in/used-once.js';
import { closeDormant } from '../directory/users/dormancy.js';
import { purgeTombstones } from '../directory/users/erase-user.js';
import { expireAllInvitations } from '../directory/users/invitations.js';
import { minuteMs } from '../kernel/durations.js';
import { sendLogoutNotices } from '../openid-provider/logout-notices.js';
import type { OpenIdProvider } from '../openid-provider/open-id-provider.js';
import { refreshStatistics } from '../storage/statistics.js';
import type { Job } from './timers.js';

const second = 1_000;

/** Reports this node as alive, every `everyMs` milliseconds. */
export interface Beating {
  everyMs: number;
  beat: () => Promise<void>;
}

/**
 * Returns the background jobs of the server. Several nodes can run the same job concurrently: each takes work that is
 * free.
 */
export function jobs(store: Store, config: Config, provider: OpenIdProvider, heartbeat: Beating): Job[] {
  const { database } = store;
  const retention = { days: config.EVENT_RETENTION_DAYS, ceilingDays: config.EVENT_CEILING_DAYS };
  const limits = { days: config.REQUEST_LOG_DAYS, perConnection: config.REQUEST_LOG_PER_CONNECTION };
  return [
    { name: 'heartbeat', everyMs: heartbeat.everyMs, work: () => heartbeat.beat().then(() => false) },
    { name: 'reapply-rules', everyMs: second, work: () => reapplyNextRules(store) },
    { name: 'refresh-statistics', everyMs: 5 * second, work: () => refreshStatistics(database) },
    { name: 'fold-counts', everyMs: minuteMs, work: () => foldCounts(database).then(() => false) },
    // Creating a user reads the seat count, so the rows to sum must stay few during a first sync.
    { name: 'fold-seats', everyMs: 5 * second, work: () => foldSeats(database).then(() => false) },
    { name: 'logout-notices', everyMs: second, work: () => sendLogoutNotices(store, provider) },
    { name: 'dormancy', everyMs: 10 * minuteMs, work: () => closeDormant(store) },
    { name: 'invitations', everyMs: minuteMs, work: () => expireAllInvitations(store) },
    { name: 'domains', everyMs: 10 * minuteMs, work: () => recheckDomains(store) },
    { name: 'mass-changes', everyMs: second, work: () => reportMassChanges(store).then(() => false) },
    {
      name: 'expiring-credentials',
      everyMs: 10 * minuteMs,
      work: () => reportExpiringCredentials(store).then(() => false),
    },
    { name: 'idp-health', everyMs: 5 * minuteMs, work: () => reportIdpHealth(store).then(() => false) },
    {
      name: 'lagging-consumers',
      everyMs: 10 * minuteMs,
      work: () => reportLaggingConsumers(store, retention.days).then(() => false),
    },
    { name: 'purge-organizations', everyMs: 10 * second, work: () => purgeOrganizations(store) },
    { name: 'purge-tombstones', everyMs: 10 * minuteMs, work: () => purgeTombstones(store, config.TOMBSTONE_DAYS) },
    { name: 'prune-events', everyMs: 10 * minuteMs, work: () => pruneEvents(store, retention) },
    { name: 'prune-expired', everyMs: minuteMs, work: () => pruneExpired(store).then(() => false) },
    { name: 'prune-sessions', everyMs: 10 * minuteMs, work: () => pruneSessions(database, store.now()) },
    { name: 'prune-client-tokens', everyMs: 10 * minuteMs, work: () => pruneClientTokens(database, store.now()) },
    {
      name: 'prune-setup-links',
      everyMs: 10 * minuteMs,
      work: () => pruneSetupLinks(database, store.now()).then(() => false),
    },
    {
      name: 'prune-idempotency-keys',
      everyMs: minuteMs,
      work: () => pruneIdempotencyKeys(database, store.now()).then(() => false),
    },
    {
      name: 'prune-requests',
      everyMs: minuteMs,
      work: () => pruneRequests(database, { now: store.now(), ...limits }).then(() => false),
    },
  ];
}

async function pruneExpired(store: Store): Promise<void> {
  const { database } = store;
  await pruneArtifacts(database, store.now());
  await pruneTrips(store);
  await pruneUsed(database, store.now());
  await pruneAnnouncements(database, store.now());
  await pruneLinkRequests(database, store.now());
}
