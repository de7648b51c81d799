import type { Store } from '../access/store.js';
import type { Assertion } from '../directory/sign-in/assertion.js';
import type { SignInTransaction } from '../directory/sign-in/sign-in-transaction.js';
import { type ConnectionId, newId, type OrganizationId, parseId, type TripId } from '../ids.js';
import type { OidcTrip } from '../oidc/relying-party.js';
import { once, type Sql, sql } from '../storage/sql.js';

const validMs = 600_000;
/** A sign-in that began at the IdP waits for the application to ask for it. */
const waitingMs = 120_000;

/** What a trip to an IdP is for. */
export type Purpose =
  /** An application's authorization request. */
  | { kind: 'interaction'; uid: string; clientId: string }
  /** An administrator's look at what an IdP sends. */
  | { kind: 'test'; fromSetup?: boolean }
  /** A sign-in that began at the IdP and has no request yet. */
  | { kind: 'arrival'; applicationId: string }
  /** Signing out at the IdP too, and then on to the application. */
  | { kind: 'logout'; returnTo: string };

/** What has to come back, by the protocol. */
export interface TripState {
  purpose: Purpose;
  oidc?: OidcTrip;
  /** The ID of the SAML request. */
  requestId?: string;
  /** The SAML request asked for a new authentication (ForceAuthn). */
  forced?: boolean;
  /** The time at which the IdP was asked, in ISO 8601, of a trip that continues another. */
  askedAt?: string;
}

/** One way to an IdP and back. */
export interface Trip {
  id: TripId;
  organizationId: OrganizationId;
  connectionId: ConnectionId;
  state: TripState;
  arrival: Assertion | null;
  /** The time at which the IdP was asked. */
  askedAt: Date;
}

interface Row extends Pick<SignInTransaction, 'id' | 'organizationId' | 'connectionId' | 'createdAt'> {
  state: TripState;
  /** Out of JSON: its times are texts. */
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

/** The assertion out of its JSON: its times are dates again. */
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

/** The connection whose IdP a trip goes to. */
export type Way = { organizationId: OrganizationId; connectionId: ConnectionId };

/** Starts a trip. `browser` is the hash of the secret in the browser's cookie; only that browser can finish the trip. */
export async function setOut(
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

/** The condition of the trip while it has neither been used nor expired. */
const open = (id: TripId | null, connectionId: string, now: Sql): Sql =>
  sql`id = ${id} and connection_id = ${connectionId} and used_at is null and expires_at > ${now}`;

/** The trip, still open, as an answer from outside the browser's own site names it. It is not used up. */
export async function findTrip({ database, now }: Store, id: string, connectionId: string): Promise<Trip | null> {
  const key = parseId('trip', id);
  if (!key) return null;
  const [row] = await database.query<Row>(
    sql`select ${columns} from sign_in_transactions where ${open(key, connectionId, once(now()))}`,
  );
  return row ? tripOf(row) : null;
}

/** Keeps what came back until the browser itself asks for it; false when something has come back before. */
export async function arrive({ database }: Store, { organizationId, id }: Trip, arrival: Assertion): Promise<boolean> {
  const kept = await database.query(sql`update sign_in_transactions set arrival = ${JSON.stringify(arrival)}
    where organization_id = ${organizationId} and id = ${id} and arrival is null and used_at is null
    returning 1`);
  return kept.length === 1;
}

/** A trip as the browser that set out names it; no other browser has its hash. */
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

/** Uses the trip up, for the browser that set out; null for everybody else, and for a second time. */
export const comeBack = (store: Store, named: Named): Promise<Trip | null> =>
  tripOfBrowser(
    store,
    named,
    (key, now) =>
      sql`update sign_in_transactions set used_at = ${now}
        where ${open(key, named.connectionId, now)} and browser_hash = ${named.browser}
        returning ${columns}`,
  );

/** The trip of this browser that has run out and was not used: kept for an hour, so that its application can be told. */
export const findLate = (store: Store, named: Named): Promise<Trip | null> =>
  tripOfBrowser(
    store,
    named,
    (key, now) =>
      sql`select ${columns} from sign_in_transactions
        where id = ${key} and connection_id = ${named.connectionId} and used_at is null and expires_at <= ${now}
          and browser_hash = ${named.browser}`,
  );

/** Binds an arrival to the first browser that comes with its id. Returns null if another browser came before. */
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
 * Consumes the arrival of this browser that waits for a request, if it satisfies the request. Returns null if there is
 * none; one that does not satisfy the request stays.
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
