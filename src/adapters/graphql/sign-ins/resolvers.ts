import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Resolver,
  Root,
} from 'type-graphql';
import { authorize } from '../../../access/authorize.js';
import { Connection } from '../../../directory/connections/connection.js';
import { findConnection } from '../../../directory/connections/find-connections.js';
import { addToGroups } from '../../../directory/groups/add-to-groups.js';
import { explain } from '../../../directory/sign-in/explain.js';
import { listLinkRequests, resolveLinkRequest } from '../../../directory/sign-in/link-requests.js';
import { expectedAssertion, previewSignIn } from '../../../directory/sign-in/preview.js';
import { startTestSignIn } from '../../../directory/sign-in/test-sign-in.js';
import { inviteUser } from '../../../directory/users/invitations.js';
import { protectUser } from '../../../directory/users/protect-user.js';
import { User } from '../../../directory/users/user.js';
import { knownId, typeId } from '../../../kernel/descriptions.js';
import type { OrganizationId } from '../../../kernel/ids.js';
import type { Context } from '../context.js';
import { IdArg } from '../id-arg.js';
import { countedPageTypes } from '../lists/pages.js';
import { Forward, pageOfRows } from '../lists/paging.js';
import { UserPayload } from '../users/resolvers.js';

@ObjectType('SignInDecision', {
  simpleResolvers: true,
  description: 'A sign-in decision: the row of the decision table that applies.',
})
export class SignInDecision {
  @Field(() => Boolean, { description: 'True if the user can sign in.' })
  allowed: boolean;
  @Field(() => String, { description: 'Code of the denial, or the row that allows the sign-in.' })
  code: string;
  @Field(() => String, {
    description: 'Cause of the denial and how to fix it, or the reason why the user can sign in.',
  })
  explanation: string;
}

@ObjectType('LinkRequest', {
  simpleResolvers: true,
  description:
    'A sign-in that probably belongs to an existing user and needs a decision. Resolve it with `resolveLink`.',
})
export class LinkRequestObject {
  organizationId: OrganizationId;
  userId: string;
  @Field(() => ID, { description: typeId('link') })
  id: string;
  @Field(() => String, { description: 'Issuer of the subject: the OpenID issuer, or the entity ID of the SAML IdP.' })
  issuer: string;
  @Field(() => String, { description: 'Permanent id of the person at the IdP, to be linked to the user.' })
  subject: string;
  @Field(() => String, {
    nullable: true,
    description: 'Email address that the IdP sent with the sign-in. Null if there was none.',
  })
  email: string | null;
  @Field(() => Date, { description: 'Time of the first sign-in of the subject that needed the decision.' })
  createdAt: Date;
  @Field(() => Date, {
    description: 'Time after which the request can no longer be resolved: seven days after the last such sign-in.',
  })
  expiresAt: Date;
}

const LinkRequestPage = countedPageTypes('LinkRequest', LinkRequestObject);

@InputType({ description: 'Address, roles and groups of an invited user.' })
export class InviteUserInput {
  @Field(() => ID, { description: knownId('org') })
  organizationId: string;
  @Field(() => String, { description: 'Address of the new user, which is also its userName.' })
  email: string;
  @Field(() => [String], { nullable: true, description: 'Roles of the new user. Default: none.' })
  roles?: string[] | null;
  @Field(() => [ID], { nullable: true, description: 'Groups of the new user. Default: none.' })
  groupIds?: string[] | null;
  @Field(() => ID, { nullable: true, description: 'Connection through which the user must sign in. Default: any.' })
  connectionId?: string | null;
  @Field(() => Int, {
    nullable: true,
    description: 'Lifetime of the invitation in seconds, from 60 to 7,776,000 (90 days). Default: one week.',
  })
  expiresInSeconds?: number | null;
}

@ObjectType({ simpleResolvers: true, description: 'A link for a test sign-in.' })
export class TestSignInPayload {
  @Field(() => String, {
    description:
      'URL that starts a test sign-in at the IdP and ends on a page with the received claims. Can be used once.',
  })
  url: string;
  @Field(() => Date, { description: 'End of the validity of `url`: one hour after its creation.' })
  expiresAt: Date;
}

@Resolver(() => LinkRequestObject)
export class LinkRequestResolver {
  @FieldResolver(() => User, { description: 'User to whom the sign-in probably belongs.' })
  user(@Root() { organizationId, userId }: LinkRequestObject, @Ctx() context: Context): Promise<User | null> {
    return context.visible('user.read', context.loaders.user.load({ organizationId, id: userId }));
  }
}

@Resolver(() => Connection)
export class ConnectionSignInsResolver {
  @FieldResolver(() => LinkRequestPage, { nullable: true, description: 'Pending link requests, oldest first.' })
  pendingLinks(
    @Root() { id, organizationId }: Connection,
    @Args(() => Forward) args: Forward,
    @Ctx() context: Context,
  ) {
    return pageOfRows(args, listLinkRequests(context.in(organizationId), id, context.store.now()));
  }

  @Mutation(() => UserPayload, {
    description:
      'Accepts or rejects a pending link request. If accepted, the subject is linked to the user, who can then sign in. If rejected, the subject stays rejected permanently.',
  })
  async resolveLink(
    @IdArg('link') id: string,
    @Arg('accept', () => Boolean, { description: 'True to accept the request, false to reject it.' }) accept: boolean,
    @Ctx() context: Context,
  ): Promise<UserPayload> {
    return { user: await context.write('link', id, (tx) => resolveLinkRequest(tx, { id, accept })) };
  }

  @Mutation(() => TestSignInPayload, {
    description:
      'Creates a link for a test sign-in through the connection, which can also be a DRAFT. A test creates no user and no session. The link is valid for one hour.',
  })
  async startTestSignIn(
    @IdArg('conn', 'connectionId') connectionId: string,
    @Ctx() context: Context,
  ): Promise<TestSignInPayload> {
    const { id, expiresAt } = await context.write('conn', connectionId, (tx) => startTestSignIn(tx, connectionId));
    return { url: `${context.services.publicUrl()}/sso/test/${id}`, expiresAt };
  }
}

@Resolver(() => User)
export class UserSignInsResolver {
  @FieldResolver(() => SignInDecision, {
    nullable: true,
    description:
      'Current decision for a sign-in of this user through a connection, based on the linked subject or the verified email address.',
  })
  async signInDecision(
    @Root() user: User,
    @IdArg('conn', 'connectionId') connectionId: string,
    @Ctx() context: Context,
  ): Promise<SignInDecision> {
    const { store, principal } = context;
    authorize({ principal }, 'user.readPrivate', user);
    const read = context.in(user.organizationId);
    const connection = await findConnection(read, connectionId);
    const assertion = await expectedAssertion(store, connection, user);
    const decision = await previewSignIn(store, principal, {
      connection,
      assertion,
      asActive: false,
    });
    return explain(decision);
  }

  @Mutation(() => UserPayload, {
    description:
      "Creates a PENDING user, who becomes ACTIVE at the first sign-in with the email address or with `invitationCode`. Guests can have an address outside the organization's domains. The code is returned only once; send it by email. Emits USER_INVITED.",
  })
  inviteUser(
    @Arg('input', () => InviteUserInput, { description: 'Address of the user, and what the invitation grants.' })
    input: InviteUserInput,
    @Ctx() context: Context,
  ): Promise<UserPayload> {
    return context.write('org', input.organizationId, async (tx) => {
      const { user, code } = await inviteUser(tx, input);
      return { user: await addToGroups(tx, user, input.groupIds ?? []), invitationCode: code };
    });
  }

  @Mutation(() => UserPayload, {
    description:
      'Protects a user (break-glass), or removes the protection: no IdP and no rule can deprovision, demote or adopt a protected user. An organization can have at most 5. Emits USER_UPDATED.',
  })
  async protectUser(
    @IdArg('user') id: string,
    @Arg('protected', () => Boolean, { description: 'True to protect the user, false to remove the protection.' })
    isProtected: boolean,
    @Arg('reason', () => String, { description: 'Reason, which is shown to the administrator of the IdP.' })
    reason: string,
    @Ctx() context: Context,
  ): Promise<UserPayload> {
    return { user: await context.write('user', id, (tx) => protectUser(tx, id, { isProtected, reason })) };
  }
}
