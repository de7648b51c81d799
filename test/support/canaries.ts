import { connect } from 'node:net';
import {
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  type Source,
} from 'graphql';
import WebSocket from 'ws';
import { schema } from './scene.js';
import type { Tenant } from './world.js';

/** Text that only these requests contain. */
export const canary = 'CANARY7f3e';

const conn = 'conn_01aaaaaaaaaaaaaaaaaaaaaaaa';
const paths = (connectionId: string) => [
  '',
  'healthz',
  'readyz',
  'graphql',
  'graphql/stream',
  'graphiql',
  'oauth/auth',
  'oauth/token',
  'oauth/me',
  'oauth/introspection',
  'oauth/revocation',
  'oauth/session/end',
  'oauth/jwks',
  'oauth/.well-known/openid-configuration',
  'sso/style.css',
  'sso/invitation',
  'sso/test',
  'sso/interaction',
  'test-idp/saml/sso',
  'test-idp/auth',
  'test-idp/interaction',
  'setup',
  'setup/saml',
  ...[conn, connectionId].flatMap((id) => [
    `scim/v2/${id}/Users`,
    `scim/v2/${id}/Groups`,
    `scim/v2/${id}/Bulk`,
    `scim/v2/${id}/Users/.search`,
    `scim/v2/${id}/oauth/token`,
    `sso/oidc/${id}/callback`,
    `sso/saml/${id}/acs`,
    `sso/saml/${id}/slo`,
    `sso/saml/${id}/arrive`,
    `sso/saml/${id}/metadata`,
    `sso/${id}/backchannel-logout`,
    `sso/${id}/security-events`,
    `sso/${id}/global-token-revocation`,
  ]),
];

const bodies: [type: string, body: string][] = [
  ['application/json', `{"${canary}":"${canary}"`],
  ['application/json', JSON.stringify({ [canary]: canary, query: `{ ${canary} }`, operationName: canary })],
  ['application/scim+json', JSON.stringify({ schemas: [canary], userName: canary, [canary]: canary })],
  ['application/scim+json', `[${canary}`],
  [
    'application/x-www-form-urlencoded',
    `${canary}=${canary}&SAMLResponse=${canary}&logout_token=${canary}&key=${canary}`,
  ],
  [
    'application/x-www-form-urlencoded',
    `SAMLResponse=${Buffer.from(`<a>${canary}</a>`).toString('base64')}&%zz=${canary}`,
  ],
  ['application/secevent+jwt', `${canary}.${canary}.${canary}`],
  [`text/${canary}`, canary],
];

/** Sends a request that can fail in any way: only the output of the server is checked. */
async function send(url: string, init: RequestInit): Promise<void> {
  const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(5_000), ...init }).catch(
    () => null,
  );
  // An event stream does not end.
  await answer?.body?.cancel();
}

const credentialsOf = ({ key, scimToken }: Tenant): Record<string, string>[] => [
  {},
  { authorization: `Bearer ${canary}` },
  { authorization: `Basic ${btoa(`${canary}:${canary}`)}` },
  { authorization: `Bearer ${key}` },
  { authorization: `Bearer ${scimToken}` },
];

/** Sends the canary to every path: in segments, query, headers and bodies, with and without a credential. */
export async function plantInRequests(url: string, tenant: Tenant): Promise<void> {
  const headers = {
    'user-agent': canary,
    referer: `http://${canary}.test/`,
    origin: `http://${canary}.test`,
    cookie: `${canary}=${canary}`,
    accept: `text/${canary}, */*`,
    'x-request-id': canary,
    'x-forwarded-for': canary,
    'idempotency-key': canary,
    'if-match': canary,
    'last-event-id': canary,
  };
  for (const path of paths(tenant.connectionId)) {
    const credentials = credentialsOf(tenant);
    const places = [
      '',
      `/${canary}`,
      `?${canary}=${canary}&filter=${canary}&code=${canary}&state=${canary}&key=${canary}`,
    ];
    await Promise.all(
      credentials.flatMap((credential) =>
        places.map((place) => send(`${url}/${path}${place}`, { headers: { ...headers, ...credential } })),
      ),
    );
    await Promise.all(
      bodies.flatMap(([type, body], n) =>
        ['POST', 'PUT', 'PATCH'].map((method) =>
          send(`${url}/${path}`, {
            method,
            body,
            headers: { ...headers, ...credentials[n % credentials.length], 'content-type': type },
          }),
        ),
      ),
    );
  }
}

const filters = [
  'userName',
  'active',
  'meta.created',
  'emails.value',
  'x509Certificates.value',
  canary,
  `urn:${canary}:User:a`,
];

/** Sends SCIM writes and searches that reach the database. */
export async function plantInScim(tenant: Tenant): Promise<void> {
  const text = Object.fromEntries(
    ['userName', 'externalId', 'displayName', 'title', 'nickName', 'locale'].map((name) => [name, canary]),
  );
  const user = {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    ...text,
    [`urn:${canary}:User`]: { [canary]: canary },
  };
  const made = await tenant.scim('POST', '/Users', user);
  await tenant.scim('POST', '/Users', user);
  for (const attribute of filters) {
    for (const operator of ['eq', 'co', 'gt']) {
      const filter = encodeURIComponent(`${attribute} ${operator} "${canary}"`);
      await tenant.scim('GET', `/Users?filter=${filter}&sortBy=${canary}&attributes=${canary}&startIndex=${canary}`);
      await tenant.scim('GET', `/Users?filter=${filter}`);
      await tenant.scim('GET', `/Groups?filter=${filter}`);
    }
  }
  const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp'];
  for (const value of [canary, { [canary]: canary }, [canary], null, 1e300, '\0', '\ud800']) {
    for (const path of [
      undefined,
      canary,
      `emails[value eq "${canary}"].value`,
      'active',
      'meta.created',
      'name.givenName',
    ]) {
      const body = { schemas, Operations: [{ op: 'replace', path, value }] };
      await tenant.scim('PATCH', `/Users/${made.body.id}`, body);
    }
  }
  await tenant.scim('DELETE', `/Users/${canary}`);
}

/** Sends every root field of the schema, with the canary in each argument. */
export async function plantInGraphql(url: string, key: string): Promise<void> {
  const roots = [schema.getQueryType(), schema.getMutationType()];
  for (const [n, root] of roots.entries()) {
    for (const field of Object.values(root?.getFields() ?? {})) {
      for (const text of [canary, `user_${canary}`, '\0']) {
        const body = JSON.stringify({
          ...requestOf(n === 0 ? 'query' : 'mutation', field, text),
          extensions: { [canary]: canary },
        });
        const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
        await send(`${url}/graphql`, { method: 'POST', headers, body });
      }
    }
  }
}

type AnyField = GraphQLField<unknown, unknown, Source>;

function requestOf(kind: string, field: AnyField, text: string): { query: string; variables: object } {
  const declared = field.args.map(({ name, type }) => `$${name}: ${type}`).join(', ');
  const passed = field.args.map(({ name }) => `${name}: $${name}`).join(', ');
  const selection = isLeafType(getNamedType(field.type)) ? '' : '{ __typename }';
  const call = `${field.name}${passed && `(${passed})`} ${selection}`;
  const variables = Object.fromEntries(field.args.map(({ name, type }) => [name, argumentOf(type, text, 0)]));
  return { query: `${kind} ${canary}${declared && `(${declared})`} { ${canary}: ${call} }`, variables };
}

function argumentOf(type: GraphQLInputType, text: string, depth: number): unknown {
  if (isNonNullType(type)) return argumentOf(type.ofType, text, depth);
  if (isListType(type)) return [argumentOf(type.ofType, text, depth)];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter((field) => depth < 3 || isNonNullType(field.type));
    return Object.fromEntries(fields.map((field) => [field.name, argumentOf(field.type, text, depth + 1)]));
  }
  if (type.name === 'Int' || type.name === 'Float') return 1;
  return type.name === 'Boolean' ? true : text;
}

/** Opens, subscribes and closes sockets with messages that contain the canary. */
export async function plantInSockets(url: string, key: string): Promise<void> {
  const socketUrl = `${url.replace('http', 'ws')}/graphql?${canary}=${canary}`;
  const inits = [{ [canary]: canary }, { authorization: `Bearer ${canary}` }, { authorization: `Bearer ${key}` }];
  const payload = { query: `subscription { events(after: "${canary}") { ${canary} } }`, operationName: canary };
  for (const init of inits) {
    for (const message of [
      `{"${canary}`,
      JSON.stringify({ type: canary }),
      JSON.stringify({ id: canary, type: 'subscribe', payload }),
    ]) {
      await new Promise<void>((resolve) => {
        const socket = new WebSocket(socketUrl, 'graphql-transport-ws', {
          headers: { cookie: canary, origin: `http://${canary}` },
        });
        const end = setTimeout(() => socket.close(4000, canary), 300);
        socket.on('error', () => {});
        socket.on('close', () => resolve(clearTimeout(end)));
        socket.on('open', () => {
          socket.send(JSON.stringify({ type: 'connection_init', payload: init }));
          socket.send(message);
        });
      });
    }
  }
}

/** Sends malformed HTTP. */
export async function plantInBytes(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const texts = [
    `${canary}\r\n\r\n`,
    `GET /${canary} HTTP/9.9\r\n\r\n`,
    `GET /${canary} HTTP/1.1\r\n${canary}\r\n\r\n`,
    `${canary} /graphql HTTP/1.1\r\nHost: ${canary}\r\n\r\n`,
    `GET /%zz${canary} HTTP/1.1\r\nHost: ${canary}\r\n\r\n`,
    `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\nContent-Type: application/json\r\n\r\n{"${canary}`,
    `POST /graphql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${canary}\r\n`,
    `GET / HTTP/1.1\r\nHost: x\r\nX: ${canary.repeat(3_000)}\r\n\r\n`,
    `GET /${canary} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${canary}\r\n\r\n`,
  ];
  const one = (text: string) =>
    new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => socket.write(text));
      socket.setTimeout(500, () => socket.destroy());
      socket
        .on('error', () => {})
        .on('data', () => {})
        .on('close', () => resolve());
    });
  await Promise.all(texts.map(one));
}
