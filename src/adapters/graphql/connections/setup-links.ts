import { Arg, Args, Ctx, Field, FieldResolver, Int, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import { Connection } from '../../../directory/connections/connection.js';
import { SetupLink } from '../../../directory/connections/setup-link.js';
import { createSetupLink, listSetupLinks, revokeSetupLink } from '../../../directory/connections/setup-links.js';
import type { Context } from '../context.js';
import { DeletedPayload } from '../deleted.js';
import { Actor } from '../events/actor.js';
import { IdArg } from '../id-arg.js';
import { SetupLinkPage } from '../lists/pages.js';
import { Forward, pageOfRows } from '../lists/paging.js';

@ObjectType({ simpleResolvers: true, description: 'A new setup link, with its secret.' })
export class SetupLinkPayload {
  @Field(() => SetupLink, { description: 'The entry of the link in `Connection.setupLinks`.' })
  setupLink: SetupLink;
  @Field(() => String, { description: 'The setup link, shown only once. Send it to the administrator of the IdP.' })
  url: string;
  @Field(() => String, {
    description: 'The secret in the link, shown only once. It is also a credential of this API.',
  })
  secret: string;
  @Field(() => Date, { description: 'Time after which the link and its secret are invalid.' })
  expiresAt: Date;
}

@Resolver(() => SetupLink)
export class SetupLinkCreatorResolver {
  @FieldResolver(() => Actor, {
    nullable: true,
    description: 'Originator of the link. Null for a link that an earlier version of the server has created.',
  })
  createdBy(@Root() { organizationId, creatorKind, creatorId }: SetupLink): Actor | null {
    return creatorKind && { organizationId, kind: creatorKind, id: creatorId };
  }
}

@Resolver(() => Connection)
export class SetupLinkResolver {
  @FieldResolver(() => SetupLinkPage, { description: 'Valid setup links of the connection, without their secrets.' })
  setupLinks(@Root() { id, organizationId }: Connection, @Args(() => Forward) args: Forward, @Ctx() context: Context) {
    return pageOfRows(args, listSetupLinks(context.in(organizationId), id, context.store.now()));
  }

  @Mutation(() => SetupLinkPayload, {
    description:
      "Creates a setup link, with which the customer's administrator can configure only this connection. Its secret is also a credential of this API. The link is returned only once.",
  })
  async createSetupLink(
    @IdArg('conn', 'connectionId') id: string,
    @Ctx() context: Context,
    @Arg('expiresInSeconds', () => Int, {
      nullable: true,
      description: 'Lifetime of the link in seconds, at most 30 days. Default: one week.',
    })
    expiresInSeconds?: number,
    @Arg('name', () => String, {
      nullable: true,
      description: 'Name of the link for display, such as that of the recipient, at most 256 characters.',
    })
    name?: string,
    @Arg('returnUrl', () => String, {
      nullable: true,
      description: 'URL of the application to which the setup pages link back: https, or http on this machine.',
    })
    returnUrl?: string,
  ): Promise<SetupLinkPayload> {
    const { setupLink, secret } = await context.write('conn', id, (tx) =>
      createSetupLink(tx, id, { expiresInSeconds, name, returnUrl }),
    );
    const url = `${context.services.publicUrl()}/setup?key=${secret}`;
    return { setupLink, url, secret, expiresAt: setupLink.expiresAt };
  }

  @Mutation(() => DeletedPayload, {
    description: 'Revokes a setup link. It is invalid on every node within one second.',
  })
  async revokeSetupLink(@IdArg('setup') id: string, @Ctx() context: Context): Promise<DeletedPayload> {
    return { deletedId: await context.write('setup', id, (tx) => revokeSetupLink(tx, id)) };
  }
}
