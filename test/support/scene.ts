import { type GraphQLObjectType, getNamedType, isLeafType } from 'graphql';
import { buildSchema } from '../../src/adapters/graphql/schema.js';
import {
  AddDomainDocument,
  CreateApiKeyDocument,
  CreateApplicationDocument,
  type CreateApplicationInput,
  CreateConnectionDocument,
  type CreateConnectionInput,
  CreateConsumerDocument,
  CreateGroupDocument,
  CreateScimClientDocument,
  CreateSetupLinkDocument,
  CreateUserDocument,
  type CreateUserInput,
  CreateWebhookEndpointDocument,
  LastRequestDocument,
  NowDocument,
  PendingLinksDocument,
  ScimTokensDocument,
  type Scope,
  SignInWithIdTokenDocument,
  UpdateUserDocument,
} from './generated.js';
import { Idp } from './idp.js';
import { type Anything, type Document, oktaUser, type Tenant, World } from './world.js';

export const schema = buildSchema();

/** Returns a document with one root field and the arguments of `variables`. */
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

/** An organization with one object of each type, and callers of every kind. */
export class Scene {
  private constructor(
    readonly world: World,
    readonly idp: Idp,
    readonly tenant: Tenant,
  ) {}

  static async set(): Promise<Scene> {
    const world = await World.shared();
    const idp = await Idp.start();
    const tenant = await world.tenant({
      provider: 'GENERIC',
      oidc: { issuer: idp.issuer, clientId: 'app' },
      jit: { mode: 'ENABLED' },
      onExisting: 'REVIEW',
    });
    return new Scene(world, idp, tenant);
  }

  async close(): Promise<void> {
    await this.world.close();
    await this.idp.close();
  }

  get org(): string {
    return this.tenant.organizationId;
  }

  /** Runs a mutation that must succeed. Returns its payload. */
  async do(name: string, variables: object, selection = '{ __typename }', key = this.tenant.key): Promise<Anything> {
    return (await this.world.gql(documentOf('mutation', name, variables, selection), { ...variables }, key))[name];
  }

  async input(name: string, input: object, selection?: string): Promise<Anything> {
    return this.do(name, { input }, selection);
  }

  /** The connection that was created last. */
  lastConnection = '';

  #made = 0;
  unique(prefix: string): string {
    return `${prefix}${++this.#made}`;
  }

  /** Sends a generated document with the key of the tenant. */
  send<Result, Variables extends Record<string, unknown>>(
    document: Document<Result, Variables>,
    variables: Variables,
  ): Promise<Result> {
    return this.world.send(document, variables, this.tenant.key);
  }

  async user(more: Partial<CreateUserInput> = {}): Promise<string> {
    const input = { organizationId: this.org, userName: `${this.unique('person')}@acme.test`, ...more };
    return (await this.send(CreateUserDocument, { input })).createUser.user.id;
  }
  async group(memberIds: string[] = []): Promise<string> {
    const input = { organizationId: this.org, displayName: this.unique('Group '), memberIds };
    return (await this.send(CreateGroupDocument, { input })).createGroup.group.id;
  }
  async domain(): Promise<string> {
    const variables = { organizationId: this.org, domain: `${this.unique('d')}.test` };
    return (await this.send(AddDomainDocument, variables)).addDomain.domain.id;
  }
  async connection(more: Partial<CreateConnectionInput> = {}): Promise<string> {
    const input: CreateConnectionInput = { organizationId: this.org, name: 'Other', provider: 'GENERIC', ...more };
    this.lastConnection = (await this.send(CreateConnectionDocument, { input })).createConnection.connection.id;
    return this.lastConnection;
  }
  async endpoint(): Promise<string> {
    const { createWebhookEndpoint } = await this.send(CreateWebhookEndpointDocument, {
      input: { organizationId: this.org, url: 'http://127.0.0.1:9/hook', types: ['DOMAIN_LAPSED'] },
    });
    return createWebhookEndpoint.webhookEndpoint.id;
  }
  async consumer(): Promise<string> {
    const input = { organizationId: this.org, name: this.unique('reader-') };
    return (await this.send(CreateConsumerDocument, { input })).createConsumer.consumer.id;
  }
  async application(more: Partial<CreateApplicationInput> = {}): Promise<string> {
    const input = { organizationId: this.org, name: 'App', redirectUris: ['https://app.example/'], ...more };
    return (await this.send(CreateApplicationDocument, { input })).createApplication.application.id;
  }
  async applicationSecret(): Promise<string> {
    const applicationId = await this.application();
    return (await this.input('createApplicationSecret', { applicationId }, '{ credential { id } }')).credential.id;
  }
  async key(
    scopes: Scope[] = ['DIRECTORY_READ'],
    organizationId: string | null = this.org,
  ): Promise<{ id: string; secret: string }> {
    const input = { organizationId, name: 'k', scopes };
    const from = organizationId === null ? undefined : this.tenant.key;
    const { createApiKey } = await this.world.send(CreateApiKeyDocument, { input }, from);
    return { id: createApiKey.apiKey.id, secret: createApiKey.secret };
  }
  async scimClient(): Promise<string> {
    const input = { connectionId: this.tenant.connectionId, name: 'c' };
    return (await this.send(CreateScimClientDocument, { input })).createScimClient.client.id;
  }
  async scimToken(): Promise<string> {
    const id = await this.connection({ scim: true });
    const { connection } = await this.send(ScimTokensDocument, { id });
    return connection?.scim?.tokens[0]?.id ?? '';
  }
  async setupLink(connectionId: string): Promise<string> {
    const { createSetupLink } = await this.send(CreateSetupLinkDocument, { connectionId });
    return new URL(createSetupLink.url).searchParams.get('key') ?? '';
  }
  async setupLinkId(): Promise<string> {
    const connectionId = await this.connection();
    return (await this.do('createSetupLink', { connectionId }, '{ setupLink { id } }')).setupLink.id;
  }
  /** Signs in a new user. Returns the session and an access token for GraphQL. */
  async signIn(name = this.unique('visitor'), more: object = {}) {
    const idToken = await this.idp.token({ sub: name, email: `${name}@acme.test`, email_verified: true, ...more });
    const variables = { connectionId: this.tenant.connectionId, idToken };
    return (await this.send(SignInWithIdTokenDocument, variables)).signInWithIdToken;
  }
  /** Returns an access token of a user with an administrative role. */
  async administrator() {
    const person = await this.signIn();
    await this.send(UpdateUserDocument, { input: { id: person.user.id, roles: ['admin'] } });
    return person;
  }
  async request(): Promise<string> {
    await this.tenant.scim('POST', '/Users', oktaUser(`${this.unique('sent')}@acme.test`));
    const { connection } = await this.send(LastRequestDocument, { id: this.tenant.connectionId });
    return connection?.requests.nodes[0]?.id ?? '';
  }
  /** Returns a user with a pending adoption request. */
  async wanted(): Promise<string> {
    const userName = `${this.unique('wanted')}@elsewhere.test`;
    const id = await this.user({ userName, emails: [{ value: userName, primary: true }] });
    await this.tenant.scim('POST', '/Users', oktaUser(userName));
    return id;
  }
  /** Returns a pending link request. */
  async pendingLink(): Promise<string> {
    const name = this.unique('linked');
    const email = `${name}@acme.test`;
    await this.user({ userName: email, emails: [{ value: email, primary: true }] });
    await this.signIn(name).catch(() => {
      // It is refused until the link request is resolved.
    });
    const { connection } = await this.send(PendingLinksDocument, { id: this.tenant.connectionId });
    return connection?.pendingLinks?.nodes.find((link) => link.email === email)?.id ?? '';
  }
  async cursor(): Promise<string> {
    return (await this.send(NowDocument, {})).eventCursor;
  }
}
