import { Arg, Ctx, Field, FieldResolver, ID, InputType, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import { authorize } from '../../../access/authorize.js';
import { ScimClient } from '../../../directory/connections/scim-client.js';
import { createScimClient, deleteScimClient } from '../../../directory/connections/scim-clients.js';
import { knownId } from '../../../kernel/descriptions.js';
import { JsonScalar } from '../../../kernel/node.js';
import type { Context } from '../context.js';
import { DeletedPayload } from '../deleted.js';
import { IdArg } from '../id-arg.js';
import { ScimFacet } from './scim-facet.js';

@InputType({ description: 'Settings of a new SCIM client.' })
export class CreateScimClientInput {
  @Field(() => ID, { description: knownId('conn') })
  connectionId: string;
  @Field(() => String, { description: 'Name for display, 1 to 256 characters.' })
  name: string;
  @Field(() => JsonScalar, {
    nullable: true,
    description:
      'JWK Set of public keys (RFC 7517) of a client that authenticates with private_key_jwt. Default: the client receives a secret.',
  })
  jwks?: unknown;
}

@ObjectType({ simpleResolvers: true, description: 'A new SCIM client, with its secret unless it has keys.' })
export class ScimClientPayload {
  @Field(() => ScimClient, { description: 'State of the client after the mutation. Its id is the client_id.' })
  scimClient: ScimClient;
  @Field(() => String, {
    nullable: true,
    description: 'The client secret, shown only once. Null for a client with public keys.',
  })
  secret: string | null;
  @Field(() => ScimClient, {
    description: 'State of the client after the mutation. Its id is the client_id.',
    deprecationReason: 'Use scimClient.',
  })
  client: ScimClient;
  @Field(() => String, {
    nullable: true,
    description: 'The client secret, shown only once. Null for a client with public keys.',
    deprecationReason: 'Use secret.',
  })
  clientSecret: string | null;
}

@Resolver(() => ScimFacet)
export class ScimClientResolver {
  @FieldResolver(() => [ScimClient], { description: 'OAuth clients that can request SCIM tokens of the connection.' })
  async clients(@Root() { connection }: ScimFacet, @Ctx() context: Context): Promise<ScimClient[]> {
    authorize(context.in(connection.organizationId), 'connection.read', connection);
    return context.loaders.scimClients.load(connection);
  }

  @FieldResolver(() => String, {
    description: 'URL of the token endpoint for OAuth clients (RFC 6749 section 4.4) with the scope scim.',
  })
  tokenEndpoint(@Root() { baseUrl }: ScimFacet): string {
    return `${baseUrl}/oauth/token`;
  }

  @Mutation(() => ScimClientPayload, {
    description:
      'Creates an OAuth client that can request SCIM tokens of the connection. Its secret is returned only once. Emits CONNECTION_TOKEN_ROTATED.',
  })
  async createScimClient(
    @Arg('input', () => CreateScimClientInput, { description: 'Connection of the client, its name and its keys.' }) {
      connectionId,
      name,
      jwks,
    }: CreateScimClientInput,
    @Ctx() context: Context,
  ): Promise<ScimClientPayload> {
    const made = await context.write('conn', connectionId, (tx) => createScimClient(tx, { connectionId, name, jwks }));
    return { ...made, client: made.scimClient, clientSecret: made.secret };
  }

  @Mutation(() => DeletedPayload, {
    description: 'Deletes the client and revokes all of its tokens. Emits CONNECTION_TOKEN_ROTATED.',
  })
  async deleteScimClient(@IdArg('cli') id: string, @Ctx() context: Context): Promise<DeletedPayload> {
    return { deletedId: await context.write('cli', id, (tx) => deleteScimClient(tx, id)) };
  }
}
