import { Arg, Ctx, Field, FieldResolver, ID, InputType, Int, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import { authorize } from '../../../access/authorize.js';
import { Connection } from '../../../directory/connections/connection.js';
import { findConnection } from '../../../directory/connections/find-connections.js';
import { addToGroups } from '../../../directory/groups/add-to-groups.js';
import { explain } from '../../../directory/sign-in/explain.js';
import { findLinkRequests, resolveLinkRequest } from '../../../directory/sign-in/link-requests.js';
import { expectedAssertion, previewSignIn } from '../../../directory/sign-in/preview.js';
import { startTestSignIn } from '../../../directory/sign-in/test-sign-in.js';
import { inviteUser } from '../../../directory/users/invitations.js';
import { protectUser } from '../../../directory/users/protect-user.js';
import { User } from '../../../directory/users/user.js';
import type { OrganizationId } from '../../../kernel/ids.js';
import type { Context } from '../context.js';
import { UserPayload } from '../users/resolvers.js';

@ObjectType('SignInDecision', { simpleResolvers: true, description: 'The row of the decision table that applies.' })
export class SignInDecision {
  @Field(() => Boolean)
  allowed: boolean;
  @Field(() => String, { description: 'The code of a denial, or the row that lets in.' })
  code: string;
  @Field(() => String)
  explanation: string;
}

@ObjectType('LinkRequest', {
  simpleResolvers: true,
  description: "A sign-in that looks like somebody's and waits for a word; `settleLink` answers it.",
})
export class LinkRequestObject {
  organizationId: OrganizationId;
  userId: string;
  @Field(() => ID)
  id: string;
  @Field(() => String)
  issuer: string;
  @Field(() => String)
  subject: string;
  @Field(() => String, { nullable: true })
  email: string | null;
  @Field(() => Date)
  createdAt: Date;
  @Field(() => Date)
  expiresAt: Date;
}

@InputType()
export class InviteUserInput {
  @Field(() => ID)
  organizationId: string;
  @Field(() => String)
  email: string;
  @Field(() => [String], { nullable: true })
  roles?: string[] | null;
  @Field(() => [ID], { nullable: true })
  groupIds?: string[] | null;
  @Field(() => ID, { nullable: true, description: 'Through which connection the person has to come; absent: any.' })
  connectionId?: string | null;
  @Field(() => Int, { nullable: true, description: 'A week unless said otherwise.' })
  expiresInSeconds?: number | null;
}

@ObjectType({ simpleResolvers: true })
export class TestSignInPayload {
  @Field(() => String, { description: 'Opens the IdP, and ends on a page that shows what it sent. Good once.' })
  url: string;
  @Field(() => Date)
  expiresAt: Date;
}

@Resolver(() => LinkRequestObject)
export class LinkRequestResolver {
  @FieldResolver(() => User, { description: 'The account that the person may be the owner of.' })
  user(@Root() { organizationId, userId }: LinkRequestObject, @Ctx() context: Context): Promise<User | null> {
    return context.visible('user.read', context.loaders.user.load({ organizationId, id: userId }));
  }
}

@Resolver(() => Connection)
export class ConnectionSignInsResolver {
  @FieldResolver(() => [LinkRequestObject], { description: 'Sign-ins that wait for an operator, oldest first.' })
  async pendingLinks(
    @Root() { id, organizationId }: Connection,
    @Ctx() context: Context,
  ): Promise<LinkRequestObject[]> {
    return findLinkRequests(context.in(organizationId), id, context.store.now());
  }

  @Mutation(() => UserPayload, { description: 'Settles a sign-in that waits: it is this person, or it is not.' })
  async settleLink(
    @Arg('id', () => ID) id: string,
    @Arg('accept', () => Boolean) accept: boolean,
    @Ctx() context: Context,
  ): Promise<UserPayload> {
    return { user: await context.write('link', id, (tx) => resolveLinkRequest(tx, { id, accept })) };
  }

  @Mutation(() => TestSignInPayload, {
    description: 'A link to try the connection out with, a DRAFT too: nobody is created and nobody is signed in.',
  })
  async startTestSignIn(
    @Arg('connectionId', () => ID) connectionId: string,
    @Ctx() context: Context,
  ): Promise<TestSignInPayload> {
    const { id, expiresAt } = await context.write('conn', connectionId, (tx) => startTestSignIn(tx, connectionId));
    return { url: `${context.services.publicUrl()}/sso/test/${id}`, expiresAt };
  }
}

@Resolver(() => User)
export class UserSignInsResolver {
  @FieldResolver(() => SignInDecision, {
    description:
      'Why this person can or cannot sign in through a connection right now, by the subject that is known or the verified address.',
  })
  async signInDecision(
    @Root() user: User,
    @Arg('connectionId', () => ID) connectionId: string,
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
      'Invites somebody, a guest from outside the domains too. `invitationCode` is shown this once: mail it.',
  })
  inviteUser(
    @Arg('input', () => InviteUserInput) input: InviteUserInput,
    @Ctx() context: Context,
  ): Promise<UserPayload> {
    return context.write('org', input.organizationId, async (tx) => {
      const { user, code } = await inviteUser(tx, input);
      return { user: await addToGroups(tx, user, input.groupIds ?? []), invitationCode: code };
    });
  }

  @Mutation(() => UserPayload, {
    description:
      'Break-glass: no IdP and no rule can close, demote or take over the account. Five an organization at most.',
  })
  async protectUser(
    @Arg('id', () => ID) id: string,
    @Arg('protected', () => Boolean) isProtected: boolean,
    @Arg('reason', () => String) reason: string,
    @Ctx() context: Context,
  ): Promise<UserPayload> {
    return { user: await context.write('user', id, (tx) => protectUser(tx, id, { isProtected, reason })) };
  }
}
