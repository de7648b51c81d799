import { Ctx, Field, FieldResolver, ID, ObjectType, Resolver, Root } from 'type-graphql';
import { ApiKey } from '../../../credentials/api-keys/api-key.js';
import { Connection } from '../../../directory/connections/connection.js';
import { User } from '../../../directory/users/user.js';
import { Forbidden } from '../../../kernel/errors.js';
import type { OrganizationId } from '../../../kernel/ids.js';
import { enumType } from '../../../kernel/node.js';
import type { Context } from '../context.js';

export const actorKinds = enumType('ActorKind', 'Kind of originator.', {
  SCIM: 'An IdP through SCIM.',
  SSO: 'A sign-in.',
  API: 'An API key.',
  USER: 'A signed-in user.',
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
  @Field(() => actorKinds)
  kind: ActorKind;
}

@Resolver(() => Actor)
export class ActorResolver {
  @FieldResolver(() => String, {
    description:
      'Name of the connection, API key or user for display. The id replaces it if the originator no longer exists or the caller cannot read it; the label of the server itself is SYSTEM.',
  })
  async label(@Root() actor: Actor, @Ctx() context: Context): Promise<string> {
    try {
      const connection = await this.connection(actor, context);
      const named = connection ?? (await this.apiKey(actor, context));
      const user = await this.user(actor, context);
      return named?.name ?? user?.displayName ?? user?.userName ?? actor.id ?? actor.kind;
    } catch (error) {
      if (error instanceof Forbidden) return actor.id ?? actor.kind;
      throw error;
    }
  }

  @FieldResolver(() => Connection, { nullable: true })
  async connection(@Root() { kind, id, organizationId }: Actor, @Ctx() context: Context): Promise<Connection | null> {
    if (!id || (kind !== 'SCIM' && kind !== 'SSO')) return null;
    return context.visible('connection.read', context.loaders.connection.load({ organizationId, id }));
  }

  @FieldResolver(() => ApiKey, { nullable: true, description: 'API key of the organization. Null for a platform key.' })
  async apiKey(@Root() { kind, id, organizationId }: Actor, @Ctx() context: Context): Promise<ApiKey | null> {
    return id && kind === 'API'
      ? context.visible('apiKey.read', context.loaders.apiKey.load({ organizationId, id }))
      : null;
  }

  @FieldResolver(() => User, { nullable: true })
  async user(@Root() { kind, id, organizationId }: Actor, @Ctx() context: Context): Promise<User | null> {
    return id && kind === 'USER'
      ? context.visible('user.read', context.loaders.user.load({ organizationId, id }))
      : null;
  }
}
