import { Idp } from '../../support/idp.js';
import { type Answer, type Anything, World } from '../../support/world.js';

/** Minimum time between two edits. The clock follows the real one, because the IdP uses it for its tokens. */
const tickMs = 100;

/** A SCIM connection, with a function that calls it as its IdP. */
export interface ScimSource {
  id: string;
  send: (method: string, path: string, body?: unknown) => Promise<Answer>;
  /** Ids of the users and groups that it has created, oldest first. */
  users: string[];
  groups: string[];
}

/**
 * An organization for all kinds of edits: an IdP that adopts, grants roles and maps attributes, one whose
 * adoptions need a review, one whose adoptions are refused, and a connection for sign-in. Each edit advances its clock.
 */
export class EditScene {
  /** Ids of the users and groups that responses have named, oldest first. */
  readonly users: string[] = [];
  readonly groups: string[] = [];

  private constructor(
    readonly world: World,
    readonly idp: Idp,
    readonly tick: () => void,
    readonly organizationId: string,
    readonly gql: (query: string, variables: object) => Promise<Anything>,
    readonly sources: readonly ScimSource[],
    readonly signInConnection: string,
  ) {}

  static async start(): Promise<EditScene> {
    let now = new Date();
    const tick = () => {
      now = new Date(Math.max(now.getTime() + tickMs, Date.now()));
    };
    const world = await World.start({ now: () => now });
    const idp = await Idp.start();
    const tenant = await world.tenant({
      grantableRoles: ['editor', 'viewer'],
      attributeMappings: [
        { source: 'nickName', target: 'displayName' },
        { source: 'userType', target: 'title' },
      ],
      groupMappings: [{ group: 'Editors', roles: ['editor'] }],
    });
    const { organizationId } = tenant;
    const connect = async (more: object): Promise<ScimSource> => {
      const input = { organizationId, name: 'Other', ...more };
      const { createConnection } = await tenant.gql(
        'mutation($input: CreateConnectionInput!) { createConnection(input: $input) { scimToken connection { id } } }',
        { input },
      );
      const { id } = createConnection.connection;
      const { scimToken } = createConnection;
      return { id, send: (method, path, body) => world.scim(id, scimToken, method, path, body), users: [], groups: [] };
    };
    const adopting = { id: tenant.connectionId, send: tenant.scim, users: [], groups: [] };
    const reviewing = await connect({ provider: 'ENTRA', scim: true, onExisting: 'REVIEW' });
    const refusing = await connect({ provider: 'GENERIC', scim: true, onExisting: 'CONFLICT' });
    const signIns = await connect({
      provider: 'GENERIC',
      oidc: { issuer: idp.issuer, clientId: 'app' },
      jit: {
        mode: 'ENABLED',
        refreshProfile: true,
        reactivateOnSignIn: true,
        syncGroups: true,
        groupsClaim: 'groups',
        defaultRoles: ['member'],
      },
      grantableRoles: ['viewer'],
    });
    const assign = async (domain: string, connectionIds: string[]) => {
      const { addDomain } = await tenant.gql(
        'mutation($o: ID!, $d: String!, $c: [ID!]) { addDomain(organizationId: $o, domain: $d, connectionIds: $c) { domain { id } } }',
        { o: organizationId, d: domain, c: connectionIds },
      );
      const { id } = addDomain.domain;
      await world.gql('mutation($id: ID!) { verifyDomain(id: $id, force: true) { domain { id } } }', { id });
    };
    await assign('acme.test', [adopting.id, signIns.id]);
    await assign('beta.test', [reviewing.id]);
    const gql = (query: string, variables: object) => world.request(query, { ...variables }, tenant.key);
    return new EditScene(world, idp, tick, organizationId, gql, [adopting, reviewing, refusing], signIns.id);
  }

  async close(): Promise<void> {
    await this.world.close();
    await this.idp.close();
  }
}
