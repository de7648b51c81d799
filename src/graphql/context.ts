import { authorize } from '../access/authorize.js';
import { enter } from '../access/enter.js';
import { claim, type Once } from '../access/idempotency.js';
import type { Action, Target } from '../access/policy.js';
import { type Principal, within } from '../access/principal.js';
import type { Store } from '../access/store.js';
import { type Read, reading, type Tx, write } from '../access/write.js';
import type { ProvisioningRequest } from '../directory/requests/provisioning-request.js';
import type { RequestLog } from '../directory/requests/request-log.js';
import { Unauthenticated } from '../errors.js';
import type { EventType } from '../events/types.js';
import type { ProviderName } from '../idp/index.js';
import type { IdPrefix, OrganizationId } from '../ids.js';
import type { Issuers } from '../oidc/issuers.js';
import type { Outbound } from '../outbound/outbound.js';
import type { Facets, GivenFacets } from './facets.js';
import { type Loaders, makeLoaders } from './loaders.js';
import { Related } from './related.js';

/** What resolvers need of the running server beside the store. */
export interface Services {
  store: Store;
  issuers: Issuers;
  /** The client for what tenants make the server fetch. */
  outbound: Outbound;
  publicUrl: () => string;
  /** What IdPs have sent. */
  requests: RequestLog;
  /** Runs a request of the log again, and gives back its new entry. @throws Forbidden, BadInput */
  replay: (
    read: Read,
    asked: { entry: ProvisioningRequest; rehearsal: boolean },
  ) => Promise<{ request: ProvisioningRequest; wouldTell: EventType[] }>;
  /** The sign-in facets that an input means: metadata is read, and the test IdP's values are filled in. @throws BadInput */
  facetsOf: (input: GivenFacets, provider: ProviderName | null) => Promise<Facets>;
}

/** A live connection behind a subscription. */
export interface Socket {
  /** Whether nothing speaks against sending more, as far as is known without asking. */
  holds(): boolean;
  /** Asks: whether the credential holds, and whether the peer reads, in time. When not, the connection is being closed. */
  stillHolds(): Promise<boolean>;
  /** The cursor that a client of server-sent events has brought back with its `Last-Event-ID`. */
  lastEventId?: string | undefined;
  signal: AbortSignal;
}

/** One request, or one socket, as resolvers see it. */
export class Context {
  /** What was read for this request. Not private in the way of the language: the server library copies the context. */
  private readonly kept: { loaders?: Loaders | undefined; related?: Related | undefined } = {};
  /** Set for a mutation that came with an Idempotency-Key. */
  once: Once | null = null;

  constructor(
    readonly services: Services,
    readonly principal: Principal,
    readonly socket: Socket | null = null,
  ) {}

  /** Related rows by the row that they hang on, read together; kept for the length of a request. */
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

  /** A look into the organization in which `id` lives. @throws NotFound */
  async read(kind: IdPrefix, id: string): Promise<Read> {
    return reading(this.store, await enter(this.store, this.principal, kind, id));
  }

  /** A look into an organization of which something was found: the caller may look there. */
  in(organizationId: OrganizationId): Read {
    return reading(this.store, within(this.principal, organizationId));
  }

  /** A neighbour of what was found, for callers who may see that too; null for what is gone. @throws Forbidden */
  async visible<T extends Target>(action: Action, load: Promise<T | null>): Promise<T | null> {
    const found = await load;
    if (found) authorize(this, action, found);
    return found;
  }

  /** A transaction in the organization in which `id` lives. @throws NotFound, and what `work` throws */
  async write<T>(kind: IdPrefix, id: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.transact(await enter(this.store, this.principal, kind, id), work);
  }

  /** Takes the request's idempotency key where no transaction of its own does: for what is done outside the database. */
  async claim(): Promise<void> {
    if (this.once && !this.once.claimed) await this.transact(this.principal, async () => undefined);
  }

  /** A transaction as that principal. What was read before is forgotten: the next field sees what this one did. */
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

/** The principal behind an Authorization header. SCIM tokens open their SCIM endpoint only. @throws Unauthenticated */
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

/** The secret of a bearer credential; the scheme's name in any case (RFC 9110 section 11.1). */
export const secretIn = (authorization: string | undefined): string | undefined =>
  /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
