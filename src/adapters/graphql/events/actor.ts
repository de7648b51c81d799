import { Ctx, Field, FieldResolver, ID, ObjectType, Resolver, Root } from 'type-graphql';
import { isAllowed } from '../../../access/authorize.js';
import { ApiKey } from '../../../credentials/api-keys/api-key.js';
import { Connection } from '../../../directory/connections/connection.js';
import { User } from '../../../directory/users/user.js';
import type { OrganizationId } from '../../../kernel/ids.js';
import { enumType } from '../../../kernel/node.js';
import type { Context } from '../context.js';
import { labelOf } from '../label-of.js';
import { loadKnown } from '../nodes.js';

export const actorKinds = enumType('ActorKind', 'Kind of credential or process that makes a change.', {
  SCIM: 'An IdP through SCIM.',
  SSO: 'A sign-in of a user through a connection.',
  API: 'An API key of an organization or of the platform.',
  USER: 'A signed-in user with an access token.',
  SYSTEM: 'The server itself, such as a timer.',
  SETUP_LINK: 'A setup link. Only `Viewer.kind` has this value: events record changes through a setup link as USER.',
});
export type ActorKind = keyof typeof actorKinds;

@ObjectType('Actor', { simpleResolvers: true, description: 'The originator of a change.' })
export class Actor {
  organizationId: OrganizationId;
  @Field(() => ID, {
    nullable: true,
    description: 'Id of the connection, API key or user. Null if the server itself is the originator.',
  })
  id: string | null;
  @Field(() => actorKinds, { description: 'Determines to which kind of object `id` belongs.' })
  kind: ActorKind;
}

@Resolver(() => Actor)
export class ActorResolver {
  @FieldResolver(() => String, {
    description:
      'Name of the connection, API key or user for display. The id replaces it if the originator no longer exists, or if the caller can read neither events nor the originator. Only platform keys see the name of a platform key. The label of the server itself is SYSTEM.',
  })
  async label(@Root() actor: Actor, @Ctx() context: Context): Promise<string> {
    const { organizationId } = actor;
    const named = isAllowed(context, 'event.read', { organizationId }) ? await namedOriginator(actor, context) : null;
    const found = named ?? (await visibleOriginator(actor, context));
    return found ? labelOf(found) : (actor.id ?? actor.kind);
  }

  @FieldResolver(() => Connection, {
    nullable: true,
    description: 'Connection whose IdP made the change. Null for other originators, and if the caller cannot see it.',
  })
  async connection(@Root() actor: Actor, @Ctx() context: Context): Promise<Connection | null> {
    const found = actor.kind === 'SCIM' || actor.kind === 'SSO' ? await visibleOriginator(actor, context) : null;
    return found instanceof Connection ? found : null;
  }

  @FieldResolver(() => ApiKey, {
    nullable: true,
    description:
      'API key that made the change. Null for other originators, and if the caller cannot read API keys. Only platform keys see a platform key.',
  })
  async apiKey(@Root() actor: Actor, @Ctx() context: Context): Promise<ApiKey | null> {
    const found = actor.kind === 'API' ? await visibleOriginator(actor, context) : null;
    return found instanceof ApiKey ? found : null;
  }

  @FieldResolver(() => User, {
    nullable: true,
    description: 'User who made the change. Null for other originators, and if the caller cannot see the user.',
  })
  async user(@Root() actor: Actor, @Ctx() context: Context): Promise<User | null> {
    const found = actor.kind === 'USER' ? await visibleOriginator(actor, context) : null;
    return found instanceof User ? found : null;
  }
}

type Originator = Connection | ApiKey | User;

/** Returns the originator; null if the caller cannot see it. A tenant never sees a key of the platform. */
async function visibleOriginator({ kind, id, organizationId }: Actor, context: Context): Promise<object | null> {
  if (!id) return null;
  const found = await loadKnown(context, { organizationId, id });
  return found ?? (kind === 'API' ? loadKnown(context, { organizationId: null, id }) : null);
}

/** Returns the originator for its name, which events contain; null if it no longer exists. */
async function namedOriginator({ kind, id, organizationId }: Actor, context: Context): Promise<Originator | null> {
  const { loaders } = context;
  if (!id) return null;
  const key = { organizationId, id };
  if (kind === 'USER') return loaders.user.load(key);
  return kind === 'API' ? loaders.ownedKey.load(key) : loaders.connection.load(key);
}
