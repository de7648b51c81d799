import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Store } from '../access/store.js';
import { jwkOf, signingKeys } from '../credentials/signing-keys/signing-keys.js';
import { minuteMs } from '../kernel/durations.js';
import type { Outbound } from '../outbound/outbound.js';
import { compareHashedSecrets, configurationOf } from './configuration.js';
import type { ProviderPages } from './features.js';
import { leaveLostDatabase, lostIn } from './lost-database.js';
import { Provider } from './openid-library.js';
import { showOwnForms } from './own-forms.js';
import { nameRequestInErrors } from './request-id.js';
import { endSignInsOnSignOut, type SignOutAtIdp } from './sign-out.js';

/**
 * Interval in milliseconds between two reads of the signing keys. Keys rotate every 90 days and are published one day
 * before use.
 */
const keysMs = minuteMs;

/** The OpenID provider for applications, at /oauth, with the current signing keys. */
export class OpenIdProvider {
  #provider: Promise<Provider> | undefined;
  #madeAt = 0;
  #keyIds = '';

  constructor(
    readonly store: Store,
    readonly options: { publicUrl: () => string; outbound: Outbound; pages: ProviderPages; atIdp: SignOutAtIdp },
  ) {}

  get issuer(): string {
    return `${this.options.publicUrl()}/oauth`;
  }

  /** Returns the provider with the current signing keys. */
  async current(): Promise<Provider> {
    if (!this.#provider || performance.now() - this.#madeAt > keysMs) {
      this.#madeAt = performance.now();
      const making = this.#refreshed(this.#provider);
      this.#provider = making;
      making.catch(() => {
        if (this.#provider === making) this.#provider = undefined;
      });
    }
    return this.#provider;
  }

  async #refreshed(before: Promise<Provider> | undefined): Promise<Provider> {
    const { database, vault, now } = this.store;
    const keys = await signingKeys(database, { vault, purpose: 'provider', now: now() });
    const ids = keys.map(({ id }) => id).join();
    if (before && ids === this.#keyIds) return before;
    const { outbound, pages, atIdp, publicUrl } = this.options;
    const isSecure = publicUrl().startsWith('https:');
    const configuration = configurationOf(this.store, { keys: keys.map(jwkOf), outbound, pages, atIdp, isSecure });
    const provider = new Provider(this.issuer, configuration);
    // The public URL must determine host and protocol, not the headers of a caller: `handle` overwrites these headers.
    provider.proxy = true;
    compareHashedSecrets(this.store, provider);
    leaveLostDatabase(provider);
    endSignInsOnSignOut(this.store, provider, atIdp);
    nameRequestInErrors(provider);
    showOwnForms(provider, pages);
    this.#keyIds = ids;
    return provider;
  }

  /**
   * Handles a request below /oauth. @throws Unavailable or OutcomeUnknown, without a response, if the database was lost
   */
  async handle(request: IncomingMessage & { originalUrl?: string }, response: ServerResponse): Promise<void> {
    const provider = await this.current();
    this.adopt(request);
    request.originalUrl = request.url;
    request.url = request.url?.slice('/oauth'.length) || '/';
    await provider.callback()(request, response);
    const lost = lostIn(request);
    if (lost) throw lost;
  }

  /** Rewrites the headers of the request to the public URL, regardless of the address at which it arrived. */
  adopt(request: IncomingMessage): void {
    const { host, protocol } = new URL(this.options.publicUrl());
    request.headers['x-forwarded-host'] = host;
    request.headers.host = host;
    request.headers['x-forwarded-proto'] = protocol.slice(0, -1);
  }
}
