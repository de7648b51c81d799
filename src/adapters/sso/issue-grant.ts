import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Provider } from 'oidc-provider';
import { clearAccount } from '../../credentials/oauth/artifacts.js';
import type { SignInSession } from '../../directory/sessions/session.js';
import type { User } from '../../directory/users/user.js';
import { bindGrant } from '../../openid-provider/grants.js';
import { type SsoServices, Stopped } from './context.js';

type Interaction = InstanceType<Provider['Interaction']>;

/** Returns the application's authorization request for the sign-in. @throws Stopped if it has expired */
export async function interactionOf({ provider }: SsoServices, uid: string): Promise<Interaction> {
  const interaction = await (await provider.current()).Interaction.find(uid);
  if (interaction) return interaction;
  throw new Stopped('This sign-in has expired. Return to the application and sign in again.');
}

/** Creates a grant for the application that depends on the session. Returns the URL at which the browser continues. */
export async function issueGrant(
  services: SsoServices,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  interaction: Interaction,
  { user, session, clientId }: { user: User; session: SignInSession; clientId: string },
): Promise<string> {
  const provider = await services.provider.current();
  const grant = new provider.Grant({ accountId: user.id, clientId });
  grant.addOIDCScope(String(interaction.params.scope ?? 'openid'));
  const grantId = await grant.save();
  const { organizationId, id: sessionId } = session;
  await bindGrant(services.store, grantId, { organizationId, sessionId, applicationId: clientId });
  await forgetOthers(services, await provider.Session.get(provider.createContext(request.raw, reply.raw)), user.id);
  // The cookie of the trip binds the sign-in to this browser. Another tab can have replaced the session since then.
  interaction.session = undefined;
  const { acr, amr, authTime } = session;
  const how = {
    ...(authTime && { ts: Math.floor(authTime.getTime() / 1000) }),
    ...(acr && { acr }),
    ...(amr?.length && { amr }),
  };
  return save(interaction, { login: { accountId: user.id, ...how }, consent: { grantId }, ...answered });
}

/** The prompts that a sign-in satisfies, in addition to `login` and `consent`. */
const answered = { select_account: {}, create: {} };

/** Keeps the signed-in user, as the result of `prompt=select_account`. */
export const stay = (interaction: Interaction): Promise<string> => save(interaction, { ...answered });

/** Sends an error of RFC 6749 section 4.1.2.1 to the application, with the id of the request that failed. */
export const giveUp = (
  interaction: Interaction,
  description: string,
  { error = 'access_denied', requestId }: { error?: string; requestId?: string } = {},
): Promise<string> =>
  save(interaction, { error, error_description: description, ...(requestId && { request_id: requestId }) });

async function save(interaction: Interaction, result: NonNullable<Interaction['result']>): Promise<string> {
  interaction.result = result;
  await interaction.save(interaction.exp - Math.floor(Date.now() / 1000));
  return interaction.returnTo;
}

/** Removes another user from the browser's session. Grants of applications stay valid. */
async function forgetOthers(
  { store }: SsoServices,
  session: { uid: string; accountId?: string | undefined },
  userId: string,
): Promise<void> {
  if (!session.accountId || session.accountId === userId) return;
  await clearAccount(store.database, session.uid);
}
