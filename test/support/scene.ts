import { type GraphQLObjectType, getNamedType, isLeafType } from 'graphql';
import { buildSchema } from '../../src/graphql/schema.js';
import { Idp } from './idp.js';
import { type Anything, oktaUser, type Tenant, World } from './world.js';

export const schema = buildSchema();

/** A document of one root field, with the arguments that `variables` has. */
export function documentOf(
  kind: 'query' | 'mutation' | 'subscription',
  name: string,
  variables: object,
  selection = '{ __typename }',
): string {
  const roots = {
    query: schema.getQueryType(),
    mutation: schema.getMutationType(),
    subscription: schema.getSubscriptionType(),
  };
  const field = (roots[kind] as GraphQLObjectType).getFields()[name];
  if (!field) throw new Error(`There is no ${kind} ${name}.`);
  const given = field.args.filter((argument) => argument.name in variables);
  const declared = given.map((argument) => `$${argument.name}: ${argument.type}`).join(', ');
  const passed = given.map((argument) => `${argument.name}: $${argument.name}`).join(', ');
  const shown = isLeafType(getNamedType(field.type)) ? '' : selection;
  return `${kind}${declared && `(${declared})`} { ${name}${passed && `(${passed})`} ${shown} }`;
}

/** An organization in which there is one of everything, and callers of every kind. */
export class Scene {
  private constructor(
    readonly world: World,
    readonly idp: Idp,
    readonly tenant: Tenant,
  ) {}

  static async set(): Promise<Scene> {
    const world = await World.shared();
    const idp = await Idp.start();
    const facets = { oidc: { issuer: idp.issuer, clientId: 'app' }, jit: { mode: 'ENABLED' }, onExisting: 'REVIEW' };
    return new Scene(world, idp, await world.tenant({ ...facets, provider: 'GENERIC' }));
  }

  async close(): Promise<void> {
    await this.world.close();
    await this.idp.close();
  }

  get org(): string {
    return this.tenant.organizationId;
  }

  /** One mutation that has to succeed; what it gives back. */
  async do(name: string, variables: object, selection = '{ __typename }', key = this.tenant.key): Promise<Anything> {
    return (await this.world.gql(documentOf('mutation', name, variables, selection), { ...variables }, key))[name];
  }

  async input(name: string, input: object, selection?: string): Promise<Anything> {
    return this.do(name, { input }, selection);
  }

  /** The connection that was made last. */
  lastConnection = '';

  #made = 0;
  unique(prefix: string): string {
    return `${prefix}${++this.#made}`;
  }

  async user(more: object = {}): Promise<string> {
    const input = { organizationId: this.org, userName: `${this.unique('person')}@acme.test`, ...more };
    return (await this.input('createUser', input, '{ user { id } }')).user.id;
  }
  async group(memberIds: string[] = []): Promise<string> {
    const input = { organizationId: this.org, displayName: this.unique('Group '), memberIds };
    return (await this.input('createGroup', input, '{ group { id } }')).group.id;
  }
  async domain(): Promise<string> {
    const variables = { organizationId: this.org, domain: `${this.unique('d')}.test` };
    return (await this.do('addDomain', variables, '{ domain { id } }')).domain.id;
  }
  async connection(more: object = {}): Promise<string> {
    const input = { organizationId: this.org, name: 'Other', provider: 'GENERIC', ...more };
    this.lastConnection = (await this.input('createConnection', input, '{ connection { id } }')).connection.id;
    return this.lastConnection;
  }
  async endpoint(): Promise<string> {
    const input = { organizationId: this.org, url: 'http://127.0.0.1:9/hook', types: ['DOMAIN_LAPSED'] };
    return (await this.input('createWebhookEndpoint', input, '{ webhookEndpoint { id } }')).webhookEndpoint.id;
  }
  async consumer(): Promise<string> {
    const input = { organizationId: this.org, name: this.unique('reader-') };
    return (await this.input('createConsumer', input, '{ consumer { id } }')).consumer.id;
  }
  async application(more: object = {}): Promise<string> {
    const input = { organizationId: this.org, name: 'App', redirectUris: ['https://app.example/'], ...more };
    return (await this.input('createApplication', input, '{ application { id } }')).application.id;
  }
  async key(
    scopes: string[] = ['DIRECTORY_READ'],
    organizationId: string | null = this.org,
  ): Promise<{ id: string; secret: string }> {
    const input = { organizationId, name: 'k', scopes };
    const world = organizationId === null ? undefined : this.tenant.key;
    const { createApiKey } = await this.world.gql(
      documentOf('mutation', 'createApiKey', { input }, '{ secret apiKey { id } }'),
      { input },
      world,
    );
    return { id: createApiKey.apiKey.id, secret: createApiKey.secret };
  }
  async scimClient(): Promise<string> {
    const input = { connectionId: this.tenant.connectionId, name: 'c' };
    return (await this.input('createScimClient', input, '{ client { id } }')).client.id;
  }
  async scimToken(): Promise<string> {
    const id = await this.connection({ scim: true });
    const { connection } = await this.tenant.gql('query($id: ID!) { connection(id: $id) { scim { tokens { id } } } }', {
      id,
    });
    return connection.scim.tokens[0].id;
  }
  async setupLink(connectionId: string): Promise<string> {
    const { url } = await this.do('createSetupLink', { connectionId }, '{ url }');
    return new URL(url).searchParams.get('key') ?? '';
  }
  /** A sign-in of a new person; its session and the token that opens GraphQL. */
  async signIn(name = this.unique('visitor'), more: object = {}): Promise<Anything> {
    const idToken = await this.idp.token({ sub: name, email: `${name}@acme.test`, email_verified: true, ...more });
    const variables = { connectionId: this.tenant.connectionId, idToken };
    return this.do('signInWithIdToken', variables, '{ accessToken session { id } user { id } }');
  }
  /** A token of a person who holds a role that runs the organization. */
  async administrator(): Promise<Anything> {
    const person = await this.signIn();
    await this.input('updateUser', { id: person.user.id, roles: ['admin'] });
    return person;
  }
  async request(): Promise<string> {
    await this.tenant.scim('POST', '/Users', oktaUser(`${this.unique('sent')}@acme.test`));
    const { connection } = await this.tenant.gql(
      'query($id: ID!) { connection(id: $id) { requests(first: 1) { nodes { id } } } }',
      { id: this.tenant.connectionId },
    );
    return connection.requests.nodes[0].id;
  }
  /** A person whose account the IdP wants and does not own. */
  async wanted(): Promise<string> {
    const userName = `${this.unique('wanted')}@elsewhere.test`;
    const id = await this.user({ userName, emails: [{ value: userName, primary: true }] });
    await this.tenant.scim('POST', '/Users', oktaUser(userName));
    return id;
  }
  /** A sign-in that waits for an operator. */
  async pendingLink(): Promise<string> {
    const name = this.unique('linked');
    const email = `${name}@acme.test`;
    await this.user({ userName: email, emails: [{ value: email, primary: true }] });
    await this.signIn(name).catch(() => undefined);
    const { connection } = await this.tenant.gql(
      'query($id: ID!) { connection(id: $id) { pendingLinks { id email } } }',
      { id: this.tenant.connectionId },
    );
    return connection.pendingLinks.find((link: Anything) => link.email === email).id;
  }
  async cursor(): Promise<string> {
    return (await this.tenant.gql('{ eventCursor }')).eventCursor;
  }
}
