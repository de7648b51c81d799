import { setTimeout as sleep } from 'node:timers/promises';

/** The platform key of the servers under test. */
export const adminKey = 'rc_key_check_administrator_000000000000';

/** One organization, with the credentials of its IdP and its application. */
export interface Tenant {
  organizationId: string;
  connectionId: string;
  scimToken: string;
  key: string;
  /** The cursor and the position after the initial events of the log. */
  first: { cursor: string; position: number };
}

/** The GraphQL response contains errors. */
export class Refused extends Error {
  constructor(readonly errors: unknown) {
    super(JSON.stringify(errors));
  }
}

/**
 * Sends a GraphQL document with the platform key or another key. @throws Refused for errors, or what the network throws
 */
export async function gql<T>(url: string, query: string, variables: object = {}, key = adminKey): Promise<T> {
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(15_000),
  });
  const { data, errors } = (await answer.json()) as { data?: T; errors?: unknown };
  if (!data || errors) throw new Refused(errors);
  return data;
}

/** Creates an organization with a SCIM connection and an API key. */
export async function newTenant(url: string, name: string): Promise<Tenant> {
  const { createOrganization } = await gql<{ createOrganization: { organization: { id: string } } }>(
    url,
    'mutation($name: String!) { createOrganization(input: { name: $name }) { organization { id } } }',
    { name },
  );
  const organizationId = createOrganization.organization.id;
  const { createConnection } = await gql<{ createConnection: { secret: string; connection: { id: string } } }>(
    url,
    'mutation($i: CreateConnectionInput!) { createConnection(input: $i) { secret connection { id } } }',
    { i: { organizationId, name: 'Okta', provider: 'OKTA', scim: true } },
  );
  const { createApiKey } = await gql<{ createApiKey: { secret: string } }>(
    url,
    'mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { secret } }',
    { i: { organizationId, name: 'check', scopes: ['ADMIN'] } },
  );
  const { events } = await gql<{ events: { nodes: { cursor: string; position: number }[] } }>(
    url,
    'query($id: ID!) { events(organizationId: $id, first: 1) { nodes { cursor position } } }',
    { id: organizationId },
  );
  const [first] = events.nodes;
  if (!first) throw new Error('A new organization has no event.');
  const { secret: scimToken, connection } = createConnection;
  return { organizationId, connectionId: connection.id, scimToken, key: createApiKey.secret, first };
}

/** The results of the writers' requests. */
export interface Ledger {
  /** externalIds of accounts whose creation was answered with 201. */
  created: Set<string>;
  /** externalIds of accounts whose creation has no definite result: they exist completely, or not at all. */
  unknown: Set<string>;
  requests: number;
  failures: number;
}

const person = (name: string) => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  userName: `${name}@check.test`,
  name: { givenName: name, familyName: 'Check' },
  emails: [{ value: `${name}@check.test`, type: 'work', primary: true }],
  externalId: name,
  active: true,
});

/** Creates, changes and deactivates users one after another, on a random node, until `stop` aborts. */
export async function writer(
  nodes: readonly { url: string }[],
  { connectionId, scimToken }: Tenant,
  { name, ledger, stop }: { name: string; ledger: Ledger; stop: AbortSignal },
): Promise<void> {
  const send = async (method: string, path: string, body: unknown): Promise<{ status: number; id?: string }> => {
    const { url } = nodes[Math.floor(Math.random() * nodes.length)] as { url: string };
    ledger.requests++;
    try {
      const answer = await fetch(`${url}/scim/v2/${connectionId}${path}`, {
        method,
        headers: { authorization: `Bearer ${scimToken}`, 'content-type': 'application/scim+json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(15_000),
      });
      const text = await answer.text();
      if (answer.status >= 500) ledger.failures++;
      return { status: answer.status, id: text === '' ? undefined : JSON.parse(text).id };
    } catch {
      ledger.failures++;
      return { status: 0 };
    }
  };
  for (let n = 0; !stop.aborted; n++) {
    const externalId = `${name}-${n}`;
    const { status, id } = await send('POST', '/Users', person(externalId));
    // Only 201, and 409 after a lost response, prove that the account exists.
    if (status === 201) ledger.created.add(externalId);
    else ledger.unknown.add(externalId);
    if (!id) {
      await sleep(50);
      continue;
    }
    await send('PATCH', `/Users/${id}`, { Operations: [{ op: 'replace', path: 'title', value: 'Mover' }] });
    if (n % 2 === 0) await send('PATCH', `/Users/${id}`, { Operations: [{ op: 'replace', value: { active: false } }] });
  }
}
