import { Arg, Ctx, Field, ID, ObjectType, Query, Resolver } from 'type-graphql';
import { authorize } from '../access/authorize.js';
import { findApiKeys } from '../access/keys.js';
import { findOwned } from '../access/owned.js';
import type { Action } from '../access/policy.js';
import { actorOf, type Scope, scopes } from '../access/principal.js';
import { SignInSession } from '../access/session.js';
import { Consumer } from '../delivery/consumers/consumer.js';
import { WebhookEndpoint } from '../delivery/webhooks/endpoint.js';
import { findApplications } from '../directory/applications/manage-applications.js';
import { findConnection } from '../directory/connections/find-connections.js';
import { findGroup } from '../directory/groups/find-groups.js';
import { findDomains } from '../directory/organizations/domains.js';
import { findOrganization } from '../directory/organizations/find-organizations.js';
import { Organization } from '../directory/organizations/organization.js';
import { findRequest } from '../directory/requests/find-requests.js';
import { findUser } from '../directory/users/find-users.js';
import { User } from '../directory/users/user.js';
import { BadInput, Forbidden, NotFound } from '../errors.js';
import { EventRecord } from '../events/event.js';
import { prefixOf } from '../ids.js';
import { NodeInterface } from '../node.js';
import type { Context } from './context.js';
import { actorKinds } from './events.js';

@ObjectType('Viewer', { simpleResolvers: true, description: 'Who is calling.' })
export class Viewer {
  @Field(() => actorKinds)
  kind: keyof typeof actorKinds;
  @Field(() => Organization, { nullable: true })
  organization: Organization | null;
  @Field(() => User, { nullable: true })
  user: User | null;
  @Field(() => [scopes])
  scopes: Scope[];
}

const maximumNodes = 100;

@Resolver()
export class ViewerResolver {
  @Query(() => Viewer)
  async viewer(@Ctx() { principal, loaders }: Context): Promise<Viewer> {
    const { organizationId } = principal;
    const user = principal.kind === 'user' ? { organizationId: principal.organizationId, id: principal.userId } : null;
    return {
      kind: actorOf(principal).kind,
      organization: organizationId ? await loaders.organization.load({ organizationId, id: organizationId }) : null,
      user: user ? await loaders.user.load(user) : null,
      scopes: principal.kind === 'apiKey' ? principal.scopes : [],
    };
  }

  @Query(() => NodeInterface, {
    nullable: true,
    description: 'Anything by its id; null for what the caller cannot see.',
  })
  async node(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<object | null> {
    try {
      return await find(context, id);
    } catch (error) {
      // What may not be seen and what is not there are alike.
      if (error instanceof NotFound || error instanceof Forbidden) return null;
      throw error;
    }
  }

  @Query(() => [NodeInterface], { nullable: 'items' })
  nodes(@Arg('ids', () => [ID]) ids: string[], @Ctx() context: Context): Promise<(object | null)[]> {
    if (ids.length > maximumNodes) throw new BadInput(`"ids" may name ${maximumNodes} at most.`);
    return Promise.all(ids.map((id) => this.node(id, context)));
  }
}

async function find(context: Context, id: string): Promise<object | null> {
  const kind = prefixOf(id);
  if (kind === null || kind === 'tok' || kind === 'cli' || kind === 'link' || kind === 'trip' || kind === 'dlv')
    return null;
  if (kind === 'app') return findApplication(context, id);
  if (kind === 'hook') return show(context, WebhookEndpoint, 'webhook.read', id);
  if (kind === 'cons') return show(context, Consumer, 'consumer.read', id);
  if (kind === 'org') return findOrganization(context.store.database, context.principal, { id });
  const read = await context.read(kind, id);
  const { session, organizationId } = read;
  switch (kind) {
    case 'user':
      return findUser(read, id);
    case 'group':
      return findGroup(read, id);
    case 'conn':
      return findConnection(read, id);
    case 'req':
      return findRequest(read, id);
    case 'dom':
      return (await findDomains(read)).find((domain) => domain.id === id) ?? null;
    case 'key':
      return (await findApiKeys(read)).find((key) => key.id === id) ?? null;
    case 'ses': {
      const [found] = await session.rows(SignInSession, 'organization_id = $1 and id = $2 and ended_at is null', [
        organizationId,
        id,
      ]);
      if (found) authorize(read, 'session.read', found);
      return found ?? null;
    }
    case 'evt': {
      authorize(read, 'event.read', { organizationId });
      const [event] = await session.rows(EventRecord, 'organization_id = $1 and id = $2', [organizationId, id]);
      return event ? Object.assign(event, { previousPosition: event.position - 1 }) : null;
    }
  }
}

async function show<T extends { organizationId: string | null }>(
  { store, principal }: Context,
  entity: new () => T,
  action: Action,
  id: string,
): Promise<T | null> {
  authorize({ principal }, action);
  return (await findOwned(store.database, entity, principal, id)) ?? null;
}

async function findApplication({ store, principal }: Context, id: string): Promise<object | null> {
  authorize({ principal }, 'application.read');
  const found = await findApplications(store.database, principal.organizationId);
  return found.find((application) => application.id === id) ?? null;
}
