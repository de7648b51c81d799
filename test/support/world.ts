import { type Client, createClient } from 'graphql-ws';
import WebSocket from 'ws';
import type { TypedDocumentString } from '../../src/client/generated.js';
import type { Outside, Rollcall } from '../../src/server.js';
import {
  CreateApiKeyDocument,
  CreateConnectionDocument,
  type CreateConnectionInput,
  CreateOrganizationDocument,
  LogDocument,
} from './generated.js';
import { closers } from './runner/closers.js';
import { adminKey, startServer } from './server.js';

// biome-ignore lint/suspicious/noExplicitAny: tests read responses of any type.
export type Anything = any;

export interface Answer {
  status: number;
  headers: Headers;
  body: Anything;
}

/** A generated document of the client or of the tests. */
export type Document<Result, Variables> = Pick<TypedDocumentString<Result, Variables>, 'toString' | '__apiType'>;

/** A tenant with one SCIM connection, and the credentials of its callers. */
export interface Tenant {
  organizationId: string;
  connectionId: string;
  scimToken: string;
  key: string;
  scim: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;
  gql: (query: string, variables?: Record<string, unknown>) => Promise<Anything>;
  events: () => Promise<Anything[]>;
  types: () => Promise<string[]>;
}

/** A running server, with functions that call it. */
export class World {
  static #shared: Promise<World> | undefined;

  constructor(readonly rollcall: Pick<Rollcall, 'url' | 'adminKey' | 'close'> & Partial<Rollcall>) {}

  /** Starts a separate server, for tests of the clock, the resolver, the settings or the complete server. */
  static async start(outside: Outside = {}): Promise<World> {
    return new World(await startServer(outside));
  }

  /** Returns the shared server of this test worker, with a resolver that finds no name. For tests that need only their own tenants. */
  static shared(): Promise<World> {
    World.#shared ??= startServer({ resolveTxt: async () => [] }).then((rollcall) => {
      closers.push(rollcall.close);
      return new World({ ...rollcall, close: async () => {} });
    });
    return World.#shared;
  }

  get url(): string {
    return this.rollcall.url;
  }

  /** Returns the database of the server, for state that no API returns. */
  database() {
    const { database } = this.rollcall;
    if (!database) throw new Error('This server runs in a process of its own.');
    return database;
  }

  close(): Promise<void> {
    return this.rollcall.close();
  }

  /** Sends a GraphQL request. Returns the complete response. */
  async request(query: string, variables: Record<string, unknown> = {}, key = adminKey): Promise<Anything> {
    const answer = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return answer.json();
  }

  /** Sends a GraphQL request that must succeed. Returns its data. */
  async gql(query: string, variables: Record<string, unknown> = {}, key = adminKey): Promise<Anything> {
    const { data, errors } = await this.request(query, variables, key);
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  }

  /** Sends a generated document that must succeed. Returns its data. A renamed field does not compile. */
  send<Result, Variables extends Record<string, unknown>>(
    document: Document<Result, Variables>,
    variables: Variables,
    key = adminKey,
  ): Promise<Result> {
    return this.gql(String(document), variables, key);
  }

  /** Sends a SCIM request. */
  async scim(base: string, token: string, method: string, path: string, body?: unknown, headers = {}): Promise<Answer> {
    const answer = await fetch(`${this.url}/scim/v2/${base}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/scim+json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text === '' ? null : JSON.parse(text) };
  }

  /** Creates an organization with an ACTIVE connection and an ADMIN key. */
  async tenant(connection: Partial<CreateConnectionInput> = {}, name = 'Acme'): Promise<Tenant> {
    const { createOrganization } = await this.send(CreateOrganizationDocument, { input: { name } });
    const organizationId = createOrganization.organization.id;
    const facets: CreateConnectionInput = { organizationId, name: 'Okta', provider: 'OKTA', scim: true, ...connection };
    const { createConnection } = await this.send(CreateConnectionDocument, { input: facets });
    const { createApiKey } = await this.send(CreateApiKeyDocument, {
      input: { organizationId, name: 'app', scopes: ['ADMIN'] },
    });
    const connectionId = createConnection.connection.id;
    const scimToken = createConnection.secret ?? '';
    const key = createApiKey.secret;
    const gql = (query: string, variables = {}) => this.gql(query, variables, key);
    const events = async () => {
      const { organization } = await this.send(LogDocument, { id: organizationId }, key);
      return organization?.events.nodes ?? [];
    };
    return {
      organizationId,
      connectionId,
      scimToken,
      key,
      gql,
      events,
      types: async () => (await events()).map(({ type }: { type: string }) => type),
      scim: (method, path, body, headers) => this.scim(connectionId, scimToken, method, path, body, headers),
    };
  }

  /** Returns a graphql-ws client like that of an application. */
  ws(key = adminKey, onClosed?: (event: Anything) => void): Client {
    return createClient({
      url: `${this.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      lazy: true,
      retryAttempts: 0,
      connectionParams: { authorization: `Bearer ${key}` },
      on: onClosed ? { closed: onClosed } : {},
    });
  }

  /** Follows a subscription into a list; `until` waits for its length. */
  follow(query: string, variables: Record<string, unknown> = {}, key = adminKey) {
    const seen: Anything[] = [];
    let closed: Anything;
    const client = this.ws(key, (event) => {
      closed = event;
    });
    let failure: Anything;
    const stop = client.subscribe(
      { query, variables },
      {
        next: (result) => void seen.push(result.data ? Object.values(result.data)[0] : result),
        error: (error) => {
          failure = error;
        },
        complete: () => {},
      },
    );
    return {
      seen,
      closed: () => closed,
      failure: () => failure,
      stop: async () => {
        stop();
        await client.dispose();
      },
      until: (length: number) => eventually(() => seen.length >= length),
    };
  }
}

/** Waits until the condition is true, or fails after `ms`. */
export async function eventually(test: () => boolean | Promise<boolean>, ms = 15_000): Promise<void> {
  const end = performance.now() + ms;
  while (!(await test())) {
    if (performance.now() > end) throw new Error('It did not happen in time.');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Returns a user as in Okta's POST. */
export function oktaUser(userName: string, more: Record<string, unknown> = {}) {
  const [name = ''] = userName.split('@');
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName,
    name: { givenName: name, familyName: 'Example' },
    emails: [{ primary: true, value: userName, type: 'work' }],
    displayName: `${name} Example`,
    locale: 'en-US',
    externalId: `00u-${userName}`,
    groups: [],
    password: 'random-secret-1',
    active: true,
    ...more,
  };
}

/** A PATCH body. */
export const patch = (...operations: unknown[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: operations,
});

/** A Bulk body (RFC 7644 section 3.7). */
export const bulk = (operations: readonly unknown[], more: object = {}) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
  Operations: operations,
  ...more,
});

/** An operation of a Bulk body that creates. */
export const creation = (bulkId: string, data: Anything, path = '/Users') => ({ method: 'POST', path, bulkId, data });

/** A Bulk body that creates `total` users. */
export const crowd = (total: number, userOf: (n: number) => object) =>
  bulk(Array.from({ length: total }, (_, n) => creation(`b${n}`, userOf(n))));
