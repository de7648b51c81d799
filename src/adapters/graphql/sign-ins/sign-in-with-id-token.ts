import { Arg, Ctx, Field, Mutation, ObjectType, Resolver } from 'type-graphql';
import { authorize } from '../../../access/authorize.js';
import type { Principal } from '../../../access/principal.js';
import type { Connection } from '../../../directory/connections/connection.js';
import { findConnection } from '../../../directory/connections/find-connections.js';
import { SignInSession, sessionSeconds } from '../../../directory/sessions/session.js';
import type { Assertion } from '../../../directory/sign-in/assertion.js';
import { type DenialCode, denials } from '../../../directory/sign-in/denials.js';
import { rowOfRefusal } from '../../../directory/sign-in/rows.js';
import { refuse, type SignIn, signIn } from '../../../directory/sign-in/sign-in.js';
import { User } from '../../../directory/users/user.js';
import { InvalidIdToken, validateIdToken } from '../../../identity-providers/oidc/id-token.js';
import { SignInDenied } from '../../../kernel/errors.js';
import type { Context } from '../context.js';
import { IdArg } from '../id-arg.js';

@ObjectType({ simpleResolvers: true, description: 'A user who has signed in, with the new session.' })
export class SignInPayload {
  @Field(() => User, { description: 'User to whom the ID token belongs. This sign-in can have created it.' })
  user: User;
  @Field(() => SignInSession, { description: 'Entry of the new session in `User.activeSessions`.' })
  session: SignInSession;
  @Field(() => Boolean, { description: 'True if this sign-in created the user.' })
  provisioned: boolean;
  @Field(() => String, { description: 'Secret of the session for the Authorization header, shown only once.' })
  accessToken: string;
  @Field(() => Date, {
    description: `End of the session and of \`accessToken\`: ${sessionSeconds / 3_600} hours after the sign-in.`,
  })
  expiresAt: Date;
}

@Resolver()
export class SignInResolver {
  @Mutation(() => SignInPayload, {
    description:
      "Signs a user in with an ID token of the IdP, for applications that perform the OpenID Connect sign-in themselves. Creates the user if the connection's policy allows it. Emits SESSION_STARTED or SIGN_IN_DENIED.",
  })
  async signInWithIdToken(
    @IdArg('conn', 'connectionId') connectionId: string,
    @Arg('idToken', () => String, {
      description: 'ID token as the IdP issued it (a JWT), for the client id of the connection.',
    })
    idToken: string,
    @Ctx() context: Context,
    @Arg('nonce', () => String, {
      nullable: true,
      description: 'The `nonce` of the authentication request. Required if the ID token contains one.',
    })
    nonce?: string,
  ): Promise<SignInPayload> {
    const read = await context.read('conn', connectionId);
    authorize(read, 'signIn.exchange', { organizationId: read.organizationId });
    const { requestId } = context.principal;
    // The key has authorized the caller. From here on the sign-in acts as the connection.
    const sso = { kind: 'sso', organizationId: read.organizationId, requestId } as Principal & { kind: 'sso' };
    const connection = await findConnection({ ...read, principal: { ...sso, kind: 'system' } }, connectionId);
    const principal: Principal = { ...sso, connectionId: connection.id };
    const token = await readToken(context, connection, idToken, nonce ?? null);
    const result = await context.transact(principal, (tx): Promise<SignIn> => {
      if ('assertion' in token) return signIn(tx, connection.id, token.assertion);
      const { code, why } = token;
      const refusal = { code, row: rowOfRefusal(code), userId: null, why };
      return Promise.resolve(refuse(tx, connection, { email: null }, refusal));
    });
    if ('denied' in result) throw new SignInDenied(result.denied, denials[result.denied]);
    return { ...result, expiresAt: result.session.expiresAt };
  }
}

/**
 * Returns the assertion of the token, or why it is not accepted. A connection without OIDC is rejected later, by the
 * sign-in decision.
 */
async function readToken(
  { services, store }: Context,
  connection: Connection,
  idToken: string,
  nonce: string | null,
): Promise<{ assertion: Assertion } | { code: DenialCode; why: string }> {
  const { oidc } = connection;
  const nobody: Assertion = { issuer: '', subject: '', stableId: null, email: null, emailVerified: false, claims: {} };
  if (!oidc?.enabled || connection.state !== 'ACTIVE') return { assertion: nobody };
  try {
    const proof = { idToken, nonce, now: store.now() };
    return { assertion: await validateIdToken(services.issuers, { ...connection, oidc }, proof) };
  } catch (error) {
    if (error instanceof InvalidIdToken) return { code: error.code, why: error.message };
    throw error;
  }
}
