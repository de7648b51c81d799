import { authorize } from '../../access/authorize.js';
import { claim, type Once } from '../../access/idempotency.js';
import type { Action, Target } from '../../access/policy.js';
import { type Principal, within } from '../../access/principal.js';
import type { Store } from '../../access/store.js';
import { type Read, reading, type Tx, write } from '../../access/write.js';
import { enter } from '../../authentication/enter.js';
import type { LiveRequests } from '../../directory/requests/live-requests.js';
import type { ProvisioningRequest } from '../../directory/requests/provisioning-request.js';
import type { RequestLog } from '../../directory/requests/request-log.js';
import type { EventType } from '../../events/types.js';
import type { Issuers } from '../../identity-providers/oidc/issuers.js';
import type { ProviderName } from '../../identity-providers/profiles/index.js';
import { Unauthenticated } from '../../kernel/errors.js';
import type { IdPrefix, OrganizationId } from '../../kernel/ids.js';
import type { Outbound } from '../../outbound/outbound.js';
import type { ServerFacts } from '../../overview/deployment.js';
import type { LiveAttention } from '../../overview/live-attention.js';
import type { Facets, GivenFacets } from './connections/read-facets.js';
import type { DeprecationCounter } from './engine/deprecated-uses.js';
import { type Loaders, makeLoaders } from './lists/loaders.js';
import { Related } from './lists/related-rows.js';

/** Parts of the running server that resolvers need in addition to the store. */
export interface Services {
  store: Store;
  issuers: Issuers;
  /** HTTP client for URLs that tenants configure. */
  outbound: Outbound;
  publicUrl: () => string;
  /** Version, retention and findings about the settings. */
  server: ServerFacts;
  deprecations: DeprecationCounter;
  /** Log of the requests that IdPs have sent. */
  requests: RequestLog;
  /** Changes that are not events, for subscriptions. */
  live: { requests: LiveRequests; attention: LiveAttention };
  /** Replays a logged request and returns its new log entry. @throws Forbidden, BadInput */
  replay: (
    read: Read,
    asked: { entry: ProvisioningRequest; rehearsal: boolean },
  ) => Promise<{ request: ProvisioningRequest; wouldEmit: EventType[] }>;
  /**
   * Returns the sign-in facets of an input, with the IdP's metadata or the values of the test IdP applied.
   *
   * @throws BadInput
   */
  facetsOf: (input: GivenFacets, provider: ProviderName | null) => Promise<Facets>;
}

/** Open connection of a subscription. */
export interface Socket {
  /** Returns true if the socket may receive more, according to the last check. See `stillHolds`. */
  holds(): boolean;
  /**
   * Checks that the credential is still valid and that the peer reads in time. If not, the connection is being closed
   * and the result is false.
   */
  stillHolds(): Promise<boolean>;
  /** Cursor from the `Last-Event-ID` header of a reconnecting client of server-sent events. */
  lastEventId?: string | undefined;
  signal: AbortSignal;
}

/** Context of the resolvers for one request or one socket. */
export class Context {
  /** Data that was read for this request. Not a #private field, because Apollo Server copies the context. */
  private readonly kept: { loaders?: Loaders | undefined; related?: Related | undefined } = {};
  /** Set for a mutation with an Idempotency-Key. */
  once: Once | null = null;

  constructor(
    readonly services: Services,
    readonly principal: Principal,
    readonly socket: Socket | null = null,
  ) {}

  /** Loaders of related rows, which read them in batches. Kept for the duration of a request. */
  get loaders(): Loaders {
    const { database, now } = this.store;
    this.kept.loaders ??= makeLoaders(database, { cache: this.socket === null, now });
    return this.kept.loaders;
  }

  get related(): Related {
    this.kept.related ??= new Related((organizationId) => this.in(organizationId), this.socket === null);
    return this.kept.related;
  }

  get store(): Store {
    return this.services.store;
  }

  /** Returns the read context of the organization that `id` belongs to. @throws NotFound */
  async read(kind: IdPrefix, id: string): Promise<Read> {
    return reading(this.store, await enter(this.store, this.principal, kind, id));
  }

  /** Returns the read context of an organization in which the caller has already found an object. */
  in(organizationId: OrganizationId): Read {
    return reading(this.store, within(this.principal, organizationId));
  }

  /**
   * Returns the loaded object; null if it no longer exists.
   *
   * @throws Forbidden if the caller cannot see it
   */
  async visible<T extends Target>(action: Action, load: Promise<T | null>): Promise<T | null> {
    const found = await load;
    if (found) authorize(this, action, found);
    return found;
  }

  /** Runs a transaction in the organization that `id` belongs to. @throws NotFound, and the errors of `work` */
  async write<T>(kind: IdPrefix, id: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.transact(await enter(this.store, this.principal, kind, id), work);
  }

  /** Claims the idempotency key for an operation that runs no transaction, because it acts outside the database. */
  async claim(): Promise<void> {
    if (this.once && !this.once.claimed) await this.transact(this.principal, async () => undefined);
  }

  /** Runs a transaction as the given principal. Cached rows are dropped, so that later fields see its changes. */
  async transact<T>(as: Principal, work: (tx: Tx) => Promise<T>): Promise<T> {
    const { once } = this;
    const result = await write(this.store, as, async (tx) => {
      if (once && !once.claimed) await claim(tx, once);
      return work(tx);
    });
    if (once) once.claimed = true;
    this.kept.loaders = undefined;
    this.kept.related = undefined;
    return result;
  }
}

/**
 * Returns the principal of an Authorization header. SCIM tokens are valid only for their SCIM endpoint.
 *
 * @throws Unauthenticated
 */
export async function principalOf(
  store: Store,
  authorization: string | undefined,
  requestId: string,
): Promise<Principal> {
  const secret = secretIn(authorization);
  const principal = secret ? await store.credentials.find(secret, requestId) : null;
  if (!principal || principal.kind === 'scim') throw new Unauthenticated();
  return principal;
}

/** Returns the secret of a bearer credential. The scheme is case-insensitive (RFC 9110 section 11.1). */
export const secretIn = (authorization: string | undefined): string | undefined =>
  /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
