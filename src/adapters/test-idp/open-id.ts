import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AdapterPayload, JWKS } from 'oidc-provider';
import type { Store } from '../../access/store.js';
import { jwkOf, signingKeys } from '../../credentials/signing-keys/signing-keys.js';
import { parseId } from '../../kernel/ids.js';
import { interactionPolicy, Provider } from '../../openid-provider/openid-library.js';
import { sql } from '../../storage/sql.js';
import { Memory } from './memory.js';
import type { Person } from './person.js';

/** The claims that the test IdP can send by OpenID Connect. By SAML it can send any claim. */
const claimNames = [
  ...['sub', 'sid', 'acr', 'amr', 'auth_time', 'email', 'email_verified', 'name', 'given_name', 'family_name'],
  ...['preferred_username', 'locale', 'zoneinfo', 'phone_number', 'groups', 'roles', 'department', 'title', 'division'],
  ...[
    'employee_number',
    'employee_id',
    'cost_center',
    'company',
    'manager',
    'oid',
    'tid',
    'hd',
    'xms_edov',
    '_claim_names',
  ],
];

/** Returns the names of the entered claims that the test IdP cannot put into an ID token. */
export const unknownClaims = ({ claims }: Person): string[] =>
  Object.keys(claims).filter((name) => !claimNames.includes(name));

const mount = '/test-idp';

/**
 * A complete OpenID provider that authenticates users only by a form. Connections of the provider TEST are its clients.
 */
export class TestOpenId {
  #provider: Promise<Provider> | undefined;
  readonly #people = new Map<string, Person>();

  constructor(
    readonly store: Store,
    readonly publicUrl: () => string,
  ) {}

  get issuer(): string {
    return `${this.publicUrl()}${mount}`;
  }

  current(): Promise<Provider> {
    this.#provider ??= this.#make();
    return this.#provider;
  }

  async #make(): Promise<Provider> {
    const { database, vault, now } = this.store;
    const keys = await signingKeys(database, { vault, purpose: 'test-idp', now: now() });
    const policy = interactionPolicy.base();
    policy.remove('consent');
    // Ask for the user at every sign-in.
    const { Check } = interactionPolicy;
    policy
      .get('login')
      ?.checks.add(
        new Check('always', 'a user must be chosen', 'login_required', (ctx) =>
          ctx.oidc.result?.login ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT,
        ),
      );
    const provider = new Provider(this.issuer, {
      adapter: (kind: string) => new Memory((id) => this.#client(id), kind),
      jwks: { keys: keys.map(jwkOf) as JWKS['keys'] },
      claims: { openid: claimNames },
      conformIdTokenClaims: false,
      pkce: { required: () => true },
      responseTypes: ['code'],
      clientAuthMethods: ['none'],
      cookies: {
        keys: vault.derive('test-idp cookies'),
        names: { session: 'test_idp', interaction: 'test_idp_interaction', resume: 'test_idp_resume' },
      },
      ttl: { AccessToken: 300, AuthorizationCode: 60, IdToken: 300, Interaction: 3_600, Session: 60, Grant: 3_600 },
      features: { devInteractions: { enabled: false } },
      findAccount: async (_ctx, sub) => this.#account(sub),
      loadExistingGrant: async (ctx) => {
        const { client, session } = ctx.oidc;
        const grant = new ctx.oidc.provider.Grant({ accountId: session?.accountId, clientId: client?.clientId });
        grant.addOIDCScope('openid email profile');
        await grant.save();
        return grant;
      },
      interactions: { url: (_ctx, { uid }) => `${mount}/interaction/${uid}`, policy },
    });
    provider.proxy = true;
    return provider;
  }

  #account(sub: string) {
    const person = this.#people.get(sub);
    return person && { accountId: sub, claims: async () => ({ ...person.claims, sub }) };
  }

  async #client(id: string): Promise<AdapterPayload | undefined> {
    const [row] = await this.store.database.query(sql`select 1 from connections where id = ${parseId('conn', id)}
      and provider = 'TEST'`);
    if (!row) return undefined;
    return {
      client_id: id,
      redirect_uris: [`${this.publicUrl()}/sso/oidc/${id}/callback`],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code'],
      response_types: ['code'],
    } as AdapterPayload;
  }

  /** Signs in the user of the form and returns the URL at which the browser continues. */
  async signIn(request: IncomingMessage, response: ServerResponse, person: Person): Promise<string> {
    this.#people.set(person.sub, person);
    const { acr, amr } = person.claims;
    const how = { ...(typeof acr === 'string' && { acr }), ...(Array.isArray(amr) && { amr: amr.map(String) }) };
    const result = { login: { accountId: person.sub, remember: false, ...how } };
    const provider = await this.current();
    const interaction = await provider.interactionDetails(request, response);
    const before = interaction.session?.cookie ? await provider.Session.find(interaction.session.cookie) : undefined;
    if (before) {
      // Forget the previous user: on this page, a developer can sign in as any user.
      before.accountId = undefined;
      before.authorizations = undefined;
      await before.persist();
    }
    interaction.result = result;
    await interaction.persist();
    return interaction.returnTo;
  }

  /** Handles an OpenID Connect request below /test-idp. */
  async handle(request: IncomingMessage & { originalUrl?: string }, response: ServerResponse): Promise<void> {
    const { host, protocol } = new URL(this.publicUrl());
    request.headers['x-forwarded-host'] = host;
    request.headers['x-forwarded-proto'] = protocol.slice(0, -1);
    request.originalUrl = request.url;
    request.url = request.url?.slice(mount.length) || '/';
    await (await this.current()).callback()(request, response);
  }
}
