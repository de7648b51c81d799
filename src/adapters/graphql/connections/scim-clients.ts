import { Arg, Ctx, Field, FieldResolver, ID, InputType, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import { ScimClient } from '../../../directory/connections/scim-client.js';
import { createScimClient, deleteScimClient, findScimClients } from '../../../directory/connections/scim-clients.js';
import { JsonScalar } from '../../../kernel/node.js';
import type { Context } from '../context.js';
import { DeletedPayload } from '../deleted.js';
import { ScimFacet } from './scim-facet.js';

@InputType()
export class CreateScimClientInput {
  @Field(() => ID)
  connectionId: string;
  @Field(() => String)
  name: string;
  @Field(() => JsonScalar, {
    nullable: true,
    description: 'Public keys (RFC 7517) of a client that signs its requests; without them it gets a secret.',
  })
  jwks?: unknown;
}

@ObjectType({ simpleResolvers: true })
export class ScimClientPayload {
  @Field(() => ScimClient)
  client: ScimClient;
  @Field(() => String, { nullable: true, description: 'Shown this once; null for a client with keys.' })
  clientSecret: string | null;
}

@Resolver(() => ScimFacet)
export class ScimClientResolver {
  @FieldResolver(() => [ScimClient], { description: 'OAuth clients that fetch SCIM tokens of the connection.' })
  async clients(@Root() { connection }: ScimFacet, @Ctx() context: Context): Promise<ScimClient[]> {
    return findScimClients(context.in(connection.organizationId), connection.id);
  }

  @FieldResolver(() => String, { description: 'Where OAuth clients fetch tokens (RFC 6749 section 4.4), scope scim.' })
  tokenEndpoint(@Root() { baseUrl }: ScimFacet): string {
    return `${baseUrl}/oauth/token`;
  }

  @Mutation(() => ScimClientPayload)
  createScimClient(
    @Arg('input', () => CreateScimClientInput) { connectionId, name, jwks }: CreateScimClientInput,
    @Ctx() context: Context,
  ): Promise<ScimClientPayload> {
    return context.write('conn', connectionId, (tx) => createScimClient(tx, { connectionId, name, jwks }));
  }

  @Mutation(() => DeletedPayload, { description: 'Ends the client and every token that it fetched.' })
  async deleteScimClient(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<DeletedPayload> {
    return { deletedId: await context.write('cli', id, (tx) => deleteScimClient(tx, id)) };
  }
}
