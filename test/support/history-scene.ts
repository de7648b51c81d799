import { Receiver } from './receiver.js';
import { startServer } from './server.js';
import { stream } from './streams.js';
import { type Anything, eventually, oktaUser, type Tenant, World } from './world.js';

const page = `query($id: ID, $after: Cursor) { events(organizationId: $id, after: $after, first: 1000) {
  nodes { id position cursor subjectId } pageInfo { endCursor } } }`;
const following = `subscription($id: ID, $after: Cursor, $consumer: ID) {
  events(organizationId: $id, after: $after, consumerId: $consumer) { id position cursor } }`;

/** Cursors of consumers at one time: of the last event of the organization, and of the last event of all organizations. */
export interface Held {
  one: Anything;
  all: Anything;
}

/** A server on a database that will lose the changes after a point in time. */
export class Scene {
  readonly receiver: Receiver;
  readonly settings: Record<string, string>;
  readonly tenant: Tenant;
  world: World;
  consumerId = '';
  endpointId = '';
  #made = 0;

  constructor(world: World, tenant: Tenant, settings: Record<string, string>, receiver: Receiver) {
    this.world = world;
    this.tenant = tenant;
    this.settings = settings;
    this.receiver = receiver;
  }

  static async open(settings: Record<string, string>): Promise<Scene> {
    const world = new World(await startServer({}, settings));
    const scene = new Scene(world, await world.tenant(), settings, await Receiver.listen());
    const { organizationId } = scene.tenant;
    const made = await world.gql(
      `mutation($c: CreateConsumerInput!, $w: CreateWebhookEndpointInput!) {
        createConsumer(input: $c) { consumer { id } } createWebhookEndpoint(input: $w) { webhookEndpoint { id } } }`,
      { c: { organizationId, name: 'billing' }, w: { organizationId, url: scene.receiver.url } },
    );
    scene.consumerId = made.createConsumer.consumer.id;
    scene.endpointId = made.createWebhookEndpoint.webhookEndpoint.id;
    await scene.write(3);
    return scene;
  }

  /** Creates users. Waits while the database is unavailable. */
  async write(count: number): Promise<void> {
    const one = async (name: string) =>
      eventually(async () => {
        const { connectionId, scimToken } = this.tenant;
        const { status } = await this.world.scim(connectionId, scimToken, 'POST', '/Users', oktaUser(name));
        return status === 201;
      }, 20_000);
    await Promise.all(Array.from({ length: count }, () => one(`h${this.#made++}@acme.com`)));
  }

  async log(id: string | null, after: string | null = null): Promise<Anything[]> {
    return (await this.world.gql(page, { id, after })).events.nodes;
  }

  async held(): Promise<Held> {
    const { organizationId } = this.tenant;
    return { one: (await this.log(organizationId)).at(-1), all: (await this.log(null)).at(-1) };
  }

  acknowledge(cursor: string) {
    const text =
      'mutation($id: ID!, $cursor: Cursor!) { acknowledge(consumerId: $id, cursor: $cursor) { consumer { id } } }';
    return this.world.request(text, { id: this.consumerId, cursor });
  }

  /** Returns the epoch in the response of a named consumer. */
  async epoch(): Promise<string> {
    const { node } = await this.world.gql('query($id: ID!) { node(id: $id) { ... on Consumer { epoch } } }', {
      id: this.consumerId,
    });
    return node.epoch;
  }

  /** Returns the error code that each client receives for the cursors; null if it can continue. */
  async answers({ one, all }: Held): Promise<Record<string, string | null>> {
    const { organizationId: id } = this.tenant;
    const asked = {
      query: () => this.world.request(page, { id, after: one.cursor }),
      'query of all': () => this.world.request(page, { after: all.cursor }),
      acknowledge: () => this.acknowledge(one.cursor),
      createConsumer: () =>
        this.world.request('mutation($i: CreateConsumerInput!) { createConsumer(input: $i) { consumer { id } } }', {
          i: { organizationId: id, name: `c${this.#made++}`, after: one.cursor },
        }),
      replayWebhooks: () =>
        this.world.request(
          'mutation($id: ID!, $after: Cursor) { replayWebhooks(id: $id, after: $after) { webhookEndpoint { id } } }',
          { id: this.endpointId, after: one.cursor },
        ),
    };
    const codes: Record<string, string | null> = {};
    for (const [client, ask] of Object.entries(asked))
      codes[client] = (await ask()).errors?.[0].extensions.code ?? null;
    for (const [name, of, cursor] of [
      ['one', id, one.cursor],
      ['all', null, all.cursor],
    ]) {
      const followers = this.follow(of, cursor);
      for (const [client, { code, seen, stop }] of Object.entries(followers)) {
        await eventually(() => code() !== null || seen().length > 0);
        codes[`${client} of ${name}`] = code();
        await stop();
      }
    }
    return codes;
  }

  /** Follows with both transports. Returns the received events and the close code of each. */
  follow(id: string | null, after: string | null) {
    const socket = this.world.follow(following, { id, after });
    const events = stream(this.world, { query: following, variables: { id, after } });
    const failed = () => socket.seen.find(({ errors }) => errors)?.errors[0] ?? socket.failure()?.[0];
    return {
      WebSocket: {
        code: (): string | null => failed()?.extensions.code ?? null,
        seen: () => socket.seen.filter(({ errors }) => !errors),
        stop: socket.stop,
      },
      SSE: {
        code: (): string | null =>
          events.messages.find(({ data }) => data?.errors)?.data.errors[0].extensions.code ?? null,
        seen: () => events.seen(),
        stop: events.stop,
      },
    };
  }

  async restart(between: () => Promise<void> | void = () => {}): Promise<void> {
    await this.world.close();
    await between();
    this.world = new World(await startServer({}, this.settings));
  }

  async close(): Promise<void> {
    await this.world.close();
    await this.receiver.close();
  }
}

const clients = ['query', 'query of all', 'acknowledge', 'createConsumer', 'replayWebhooks'].concat(
  ['one', 'all'].flatMap((of) => [`WebSocket of ${of}`, `SSE of ${of}`]),
);
export const everywhere = (code: string | null) => Object.fromEntries(clients.map((client) => [client, code]));
