import { Arg, Args, Ctx, Field, FieldResolver, ID, InputType, ObjectType, Resolver, Root } from 'type-graphql';
import { Connection } from '../../../directory/connections/connection.js';
import { type Protocol, ProvisioningRequest, protocols } from '../../../directory/requests/provisioning-request.js';
import type { DenialCode } from '../../../directory/sign-in/denials.js';
import { type Attempt, attemptOf, listSignIns, type SignInCriteria } from '../../../directory/sign-in/list-sign-ins.js';
import { User } from '../../../directory/users/user.js';
import { JsonScalar } from '../../../kernel/node.js';
import type { Context } from '../context.js';
import { denialCodes } from '../events/payload-types.js';
import { countedPageTypes } from '../lists/pages.js';
import { type BothWays, Forward, pageBy } from '../lists/paging.js';
import { loadKnown } from '../nodes.js';

@InputType({ description: 'Conditions for sign-in attempts. All of them must match.' })
export class SignInFilter implements SignInCriteria {
  @Field(() => Boolean, { nullable: true, description: 'True for successful sign-ins only, false for denied ones.' })
  allowed?: boolean | null;
  @Field(() => denialCodes, { nullable: true, description: 'Code of the denial. Successful sign-ins do not match.' })
  code?: DenialCode | null;
  @Field(() => ID, { nullable: true, description: 'User who has signed in. Denied sign-ins have no user.' })
  userId?: string | null;
  @Field(() => Date, { nullable: true, description: 'Time of the earliest attempt.' })
  since?: Date | null;
}

@ObjectType('SignInAttempt', {
  simpleResolvers: true,
  description: 'A sign-in through a connection, as the request log contains it.',
})
export class SignInAttempt implements Attempt {
  request: ProvisioningRequest;
  @Field(() => ID, { description: 'Id of the entry in the request log, which `node` returns.' })
  id: string;
  @Field(() => Date, { description: 'Time at which the server had handled the response of the IdP.' })
  attemptedAt: Date;
  @Field(() => protocols, { description: 'OIDC or SAML, as the connection was configured at that time.' })
  protocol: Protocol;
  @Field(() => Boolean, { description: 'True if the user was signed in.' })
  allowed: boolean;
  @Field(() => String, {
    description:
      'A value of `SignInDenialCode`, or the row of the decision that allowed the sign-in, such as `B1`. docs/sign-in.md lists the rows.',
  })
  code: string;
  @Field(() => String, { description: 'Cause of a denial and how to fix it, or the reason of a success.' })
  explanation: string;
  @Field(() => String, {
    nullable: true,
    description: 'Email address that the IdP has sent. Null if there was none, or if its response was not valid.',
  })
  email: string | null;
  @Field(() => JsonScalar, {
    nullable: true,
    description:
      'Claims or attributes that the IdP has sent, without tokens. Null if its response was not valid, or is too large for the request log.',
  })
  claims: unknown;
  @Field(() => Boolean, {
    description:
      'True for a test sign-in that failed before the decision. Other test sign-ins are not in the request log.',
  })
  test: boolean;
}

const SignInAttemptPage = countedPageTypes('SignInAttempt', SignInAttempt);

const newestFirst = { type: 'text', descending: true, valueOf: ({ id }: SignInAttempt) => id } as const;

const shown = (request: ProvisioningRequest): SignInAttempt => {
  const { id, at: attemptedAt, protocol } = request;
  return { request, id, attemptedAt, protocol, ...attemptOf(request) };
};

@Resolver(() => Connection)
export class SignInAttemptsResolver {
  @FieldResolver(() => SignInAttemptPage, {
    nullable: true,
    description:
      'Sign-ins of users through the connection in a browser, newest first, as long as the request log keeps them.',
  })
  async signIns(
    @Root() { id, organizationId }: Connection,
    @Args(() => Forward) args: Forward,
    @Ctx() context: Context,
    @Arg('filter', () => SignInFilter, { nullable: true, description: 'Criteria, all of which a sign-in meets.' })
    filter?: SignInFilter,
  ) {
    await context.services.requests.flush();
    const rows = listSignIns(context.in(organizationId), id, filter ?? {});
    const idSql = rows.column('id');
    return pageBy<SignInAttempt>(
      args as BothWays,
      { ...newestFirst, sql: idSql, idSql },
      {
        list: async (condition, tail) => (await rows.list(condition, tail)).map(shown),
        count: rows.count,
      },
    );
  }
}

@Resolver(() => SignInAttempt)
export class SignInAttemptResolver {
  @FieldResolver(() => User, {
    nullable: true,
    description: 'User who was signed in. Null if the sign-in was denied, or if the caller cannot see the user.',
  })
  async user(@Root() { request }: SignInAttempt, @Ctx() context: Context): Promise<User | null> {
    const { organizationId, userId: id } = request;
    const found = id && (await loadKnown(context, { organizationId, id }));
    return found instanceof User ? found : null;
  }

  @FieldResolver(() => ProvisioningRequest, { description: 'Entry of the request log.' })
  request(@Root() { request }: SignInAttempt): ProvisioningRequest {
    return request;
  }
}
