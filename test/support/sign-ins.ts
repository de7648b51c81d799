import { denials } from '../../src/directory/sign-in/denials.js';
import type { App, Visit } from './application.js';
import { Browser } from './browser.js';
import type { Anything, Tenant, World } from './world.js';

export type Protocol = 'oidc' | 'saml';
export const protocols: { protocol: Protocol }[] = [{ protocol: 'oidc' }, { protocol: 'saml' }];

/** Trust in the address of a sign-in, as named in the tables of the decision. */
export type Trust = 'T2' | 'T1' | 'T0';

let number = 0;

/** An organization with one connection for sign-in and SCIM, and the email address of one user. */
export class Realm {
  readonly email = `person${++number}@realm${number}.example`;
  readonly domain = `realm${number}.example`;
  tenant!: Tenant;

  constructor(
    readonly world: World,
    readonly app: App,
    readonly protocol: Protocol,
  ) {}

  static async make(
    world: World,
    app: App,
    protocol: Protocol,
    {
      trust = 'T2',
      jit = {},
      stable = false,
      ...more
    }: { trust?: Trust; jit?: object; stable?: boolean } & Record<string, unknown> = {},
  ): Promise<Realm> {
    const realm = new Realm(world, app, protocol);
    realm.tenant = await world.tenant({
      provider: 'TEST',
      scim: true,
      ...realm.facet(stable),
      jit: { mode: 'ENABLED', ...realm.words(trust), ...jit },
      ...more,
    });
    if (trust === 'T2') await realm.assign([realm.tenant.connectionId]);
    return realm;
  }

  /** Settings that give addresses the trust: SAML has no claim for it, so the operator sets it. */
  words(trust: Trust) {
    return { vouchesForEmail: this.protocol === 'saml' && trust !== 'T0' };
  }

  facet(stable = false): Record<string, unknown> {
    if (this.protocol === 'saml') return { saml: stable ? { subjectAttribute: 'oid' } : {} };
    return stable ? { oidc: { issuer: `${this.world.url}/test-idp`, clientId: '', subjectClaim: 'oid' } } : {};
  }

  /** Assigns the domain of the user to these connections. */
  async assign(connectionIds: string[]): Promise<void> {
    const { addDomain } = await this.tenant.gql(
      'mutation($o: ID!, $d: String!, $c: [ID!]) { addDomain(organizationId: $o, domain: $d, connectionIds: $c) { domain { id } } }',
      { o: this.tenant.organizationId, d: this.domain, c: connectionIds },
    );
    await this.world.gql('mutation($id: ID!) { verifyDomain(id: $id, force: true) { domain { id } } }', {
      id: addDomain.domain.id,
    });
  }

  /** Creates another connection of the organization, with SCIM and sign-in. */
  async second(more: Record<string, unknown> = {}) {
    const { createConnection } = await this.tenant.gql(
      'mutation($i: CreateConnectionInput!) { createConnection(input: $i) { scimToken connection { id } } }',
      {
        i: {
          organizationId: this.tenant.organizationId,
          name: 'Other',
          provider: 'TEST',
          scim: true,
          ...this.facet(),
          jit: { mode: 'ENABLED', ...this.words('T1') },
          ...more,
        },
      },
    );
    const { scimToken, connection } = createConnection;
    const scim = (method: string, path: string, body?: unknown) =>
      this.world.scim(connection.id, scimToken, method, path, body);
    return { id: connection.id as string, scim };
  }

  /** Returns the values of the user for the form of the test IdP. */
  person(trust: Trust, more: Record<string, string> = {}): Record<string, string | null> {
    return {
      email: this.email,
      given_name: 'New',
      family_name: 'Person',
      email_verified: trust === 'T0' ? null : 'yes',
      ...more,
    };
  }

  async visit(
    person: Record<string, string | null>,
    { connectionId = this.tenant.connectionId, browser = new Browser() } = {},
  ): Promise<Visit> {
    const visit = await this.app.begin({ connection_id: connectionId }, browser);
    return visit.page.text.includes('Test identity provider') ? visit.be(person) : visit;
  }

  /** Returns the outcome of a sign-in: the user's id, or the code of the denial, which must be the same on the page and in the event. */
  async outcome(person: Record<string, string | null>, more: { connectionId?: string } = {}): Promise<string> {
    const visit = await this.visit(person, more);
    if (visit.isBack) return (await visit.tokens()).claims.sub;
    const [event] = (await this.tenant.events()).filter(({ type }) => type === 'SIGN_IN_DENIED').reverse();
    const code = event?.data.code as keyof typeof denials;
    if (!visit.page.words.includes(denials[code] ?? '?')) throw new Error(`The page says: ${visit.page.words}`);
    return code;
  }

  async createUser(more: Record<string, unknown> = {}): Promise<string> {
    const { createUser } = await this.tenant.gql(
      'mutation($i: CreateUserInput!) { createUser(input: $i) { user { id } } }',
      {
        i: {
          organizationId: this.tenant.organizationId,
          userName: this.email,
          emails: [{ value: this.email, primary: true }],
          ...more,
        },
      },
    );
    return createUser.user.id;
  }

  user(id: string, fields: string): Promise<Anything> {
    return this.tenant.gql(`query($id: ID!) { user(id: $id) { ${fields} } }`, { id }).then(({ user }) => user);
  }

  change(mutation: string, id: string): Promise<Anything> {
    return this.tenant.gql(`mutation($id: ID!) { ${mutation}(id: $id) { user { status } } }`, { id });
  }
}
