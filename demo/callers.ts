import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

// biome-ignore lint/suspicious/noExplicitAny: the demo prints what it gets.
export type Anything = any;

/** Sends a GraphQL request of the application's back end with an API key. */
export async function graphql(
  url: string,
  key: string,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<Anything> {
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await answer.json()) as Anything;
  if (errors) throw Object.assign(new Error(errors[0].message), { extensions: errors[0].extensions });
  return data;
}

/** Sends a request of an IdP's SCIM client. */
export async function scim(
  base: string,
  token: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<Anything> {
  const answer = await fetch(`${base}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text === '' ? null : JSON.parse(text);
}

/** Subscribes to events and passes each one to `next`. Returns a function that ends the subscription. */
export function follow(
  url: string,
  key: string,
  query: string,
  after: string | null,
  next: (event: Anything) => void,
): () => Promise<void> {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${key}` },
  });
  client.subscribe(
    { query, variables: { after } },
    { next: ({ data }) => data && next(Object.values(data)[0]), error: () => {}, complete: () => {} },
  );
  return async () => {
    await client.dispose();
  };
}
