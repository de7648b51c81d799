import type { Store } from '../../access/store.js';
import { minuteMs } from '../../kernel/durations.js';
import { type ConnectionId, newId, type OrganizationId, parseId, type TripId } from '../../kernel/ids.js';
import { once, type Sql, sql } from '../../storage/sql.js';
import type { Assertion } from './assertion.js';
import type { SignInTransaction } from './sign-in-transaction.js';

const validMs = 10 * minuteMs;
/** Milliseconds for which a sign-in that began at the IdP waits for the application's request. */
const waitingMs = 2 * minuteMs;

/** The purpose of a trip to an IdP. */
export type Purpose =
  /** An application's authorization request. */
  | { kind: 'interaction'; uid: string; clientId: string }
  /** A test by an administrator, which shows the received claims. */
  | { kind: 'test'; fromSetup?: boolean }
  /** A sign-in that began at the IdP and has no request yet. */
  | { kind: 'arrival'; applicationId: string }
  /** A sign-out at the IdP, followed by a redirect to the application. */
  | { kind: 'logout'; returnTo: string };

/** The values of an authorization request that its callback must match, and the verifier to send with the code. */
export interface OidcTrip {
  state: string;
  nonce: string;
  codeVerifier: string;
}

/** The values that the response must match; they depend on the protocol. */
export interface TripState {
  purpose: Purpose;
  oidc?: OidcTrip;
  /** The ID of the SAML request. */
  requestId?: string;
  /** True if the SAML request required a new authentication (ForceAuthn). */
  forced?: boolean;
  /** Time of the request to the IdP in ISO 8601, for a trip that continues another one. */
  askedAt?: string;
}

/** A redirect to an IdP and back. */
export interface Trip {
  id: TripId;
  organizationId: OrganizationId;
  connectionId: ConnectionId;
  state: TripState;
  arrival: Assertion | null;
  /** Time of the request to the IdP. */
  askedAt: Date;
}

interface Row extends Pick<SignInTransaction, 'id' | 'organizationId' | 'connectionId' | 'createdAt'> {
  state: TripState;
  /** Parsed from JSON: its times are strings. */
  arrival: Assertion | null;
}

const columns = sql`id, organization_id as "organizationId", connection_id as "connectionId", state, arrival,
    created_at as "createdAt"`;

const tripOf = (row: Row): Trip => ({
  id: row.id,
  organizationId: row.organizationId,
  connectionId: row.connectionId,
  state: row.state,
  arrival: row.arrival && revived(row.arrival),
  askedAt: row.state.askedAt ? new Date(row.state.askedAt) : row.createdAt,
});

/** Returns an assertion from JSON with its times as dates. */
function revived(assertion: Assertion): Assertion {
  const { once, authentication } = assertion;
  return {
    ...assertion,
    ...(once && { once: { ...once, until: new Date(once.until) } }),
    ...(authentication && {
      authentication: { ...authentication, at: authentication.at === null ? null : new Date(authentication.at) },
    }),
  };
}

/** The connection whose IdP is the destination of a trip. */
export type Way = { organizationId: OrganizationId; connectionId: ConnectionId };

/**
 * Starts a trip. `browser` is the hash of the secret in the browser's cookie; only that browser can finish the trip.
 */
export async function insertTrip(
  { database, now }: Store,
  { organizationId, connectionId }: Way,
  {
    browser,
    state,
    id = newId('trip'),
    arrival = null,
  }: { browser: Buffer | null; state: TripState; id?: TripId; arrival?: Assertion | null },
): Promise<TripId> {
  const at = now();
  const ms = state.purpose.kind === 'arrival' ? waitingMs : validMs;
  await database.query(sql`insert into sign_in_transactions
      (organization_id, id, connection_id, browser_hash, kind, state, arrival, created_at, expires_at)
    values (${organizationId}, ${id}, ${connectionId}, ${browser}, ${state.purpose.kind}, ${JSON.stringify(state)},
      ${arrival && JSON.stringify(arrival)}, ${at}, ${new Date(at.getTime() + ms)})`);
  return id;
}

/** Returns the condition for a trip that has neither been used nor expired. */
const open = (id: TripId | null, connectionId: string, now: Sql): Sql =>
  sql`id = ${id} and connection_id = ${connectionId} and used_at is null and expires_at > ${now}`;

/** Returns an open trip by the id in a cross-site response. Does not consume it. */
export async function findTrip({ database, now }: Store, id: string, connectionId: string): Promise<Trip | null> {
  const key = parseId('trip', id);
  if (!key) return null;
  const [row] = await database.query<Row>(
    sql`select ${columns} from sign_in_transactions where ${open(key, connectionId, once(now()))}`,
  );
  return row ? tripOf(row) : null;
}

/** Stores the assertion of a trip until the browser requests it. Returns false if one was stored before. */
export async function arrive({ database }: Store, { organizationId, id }: Trip, arrival: Assertion): Promise<boolean> {
  const kept = await database.query(sql`update sign_in_transactions set arrival = ${JSON.stringify(arrival)}
    where organization_id = ${organizationId} and id = ${id} and arrival is null and used_at is null
    returning 1`);
  return kept.length === 1;
}

/** A trip as the browser that started it identifies it; no other browser has its hash. */
interface Named {
  id: string;
  connectionId: string;
  browser: Buffer | null;
}

async function tripOfBrowser(
  { database, now }: Store,
  { id, browser }: Named,
  statement: (key: TripId, now: Sql) => Sql,
): Promise<Trip | null> {
  const key = parseId('trip', id);
  if (!key || browser === null) return null;
  const [row] = await database.query<Row>(statement(key, once(now())));
  return row ? tripOf(row) : null;
}

/** Consumes the link of a test sign-in. Returns null if it was used or has expired. */
export async function consumeTestLink(
  { database, now }: Store,
  id: string,
): Promise<Pick<Trip, 'connectionId' | 'state'> | null> {
  const at = once(now());
  const [row] = await database.query<Pick<Trip, 'connectionId' | 'state'>>(
    sql`update sign_in_transactions set used_at = ${at}
      where id = ${parseId('trip', id)} and kind = 'test' and browser_hash is null
        and used_at is null and expires_at > ${at}
      returning connection_id as "connectionId", state`,
  );
  return row ?? null;
}

/** Deletes trips an hour after they expired. Until then `findLateTrip` finds the application to which the error is sent. */
export async function pruneTrips({ database, now }: Store): Promise<void> {
  await database.query(sql`delete from sign_in_transactions
    where expires_at < ${now()}::timestamptz - interval '1 hour'`);
}

/** Consumes the trip. Returns null if another browser started it, or if it was already consumed. */
export const consumeTrip = (store: Store, named: Named): Promise<Trip | null> =>
  tripOfBrowser(
    store,
    named,
    (key, now) =>
      sql`update sign_in_transactions set used_at = ${now}
        where ${open(key, named.connectionId, now)} and browser_hash = ${named.browser}
        returning ${columns}`,
  );

/**
 * Returns an expired, unused trip of this browser. Trips are kept for an hour after expiry, so that the application can
 * get the error.
 */
export const findLateTrip = (store: Store, named: Named): Promise<Trip | null> =>
  tripOfBrowser(
    store,
    named,
    (key, now) =>
      sql`select ${columns} from sign_in_transactions
        where id = ${key} and connection_id = ${named.connectionId} and used_at is null and expires_at <= ${now}
          and browser_hash = ${named.browser}`,
  );

/** Binds an arrival to the first browser that presents its id. Returns null if another browser was first. */
export async function claimArrival(
  { database, now }: Store,
  { id, connectionId, browser }: { id: string; connectionId: string; browser: Buffer },
): Promise<Trip | null> {
  const [row] = await database.query<Row>(
    sql`update sign_in_transactions set browser_hash = ${browser}
      where ${open(parseId('trip', id), connectionId, once(now()))} and kind = 'arrival' and browser_hash is null
      returning ${columns}`,
  );
  return row ? tripOf(row) : null;
}

/**
 * Consumes the waiting arrival of this browser if it satisfies the request. Returns null if there is none; an arrival
 * that does not satisfy the request stays.
 */
export async function takeArrival(
  { database, now }: Store,
  { connectionId, browser }: { connectionId: string; browser: Buffer | null },
  satisfies: (arrival: Assertion) => boolean,
): Promise<Assertion | null> {
  if (browser === null) return null;
  const [row] = await database.query<Row>(sql`select ${columns} from sign_in_transactions
    where connection_id = ${connectionId} and kind = 'arrival' and used_at is null and expires_at > ${now()}
      and browser_hash = ${browser}
    order by id desc limit 1`);
  const arrival = row ? tripOf(row).arrival : null;
  if (!row || !arrival || !satisfies(arrival)) return null;
  const used = await database.query(sql`update sign_in_transactions set used_at = ${now()}
    where organization_id = ${row.organizationId} and id = ${row.id} and used_at is null
    returning 1`);
  return used.length === 1 ? arrival : null;
}
