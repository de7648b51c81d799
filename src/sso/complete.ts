import type { Provider } from 'oidc-provider';
import type { SignInSession } from '../access/session.js';
import type { User } from '../directory/users/user.js';
import { bindGrant } from '../provider/grants.js';
import { type Door, Stopped } from './door.js';

type Interaction = InstanceType<Provider['Interaction']>;

/** The application's request that the sign-in is for. @throws Stopped when it has run out */
export async function interactionOf({ provider }: Door, uid: string): Promise<Interaction> {
  const interaction = await (await provider.current()).Interaction.find(uid);
  if (interaction) return interaction;
  throw new Stopped('This sign-in has run out. Go back to the application and sign in again.');
}

/** Grants the application what it asked for on the strength of the session. Gives back where the browser goes on. */
export async function complete(
  door: Door,
  interaction: Interaction,
  { user, session, clientId }: { user: User; session: SignInSession; clientId: string },
): Promise<string> {
  const provider = await door.provider.current();
  const grant = new provider.Grant({ accountId: user.id, clientId });
  grant.addOIDCScope(String(interaction.params.scope ?? 'openid'));
  const grantId = await grant.save();
  const { organizationId, id: sessionId } = session;
  await bindGrant(door.store, grantId, { organizationId, sessionId, applicationId: clientId });
  await forgetOthers(door, interaction, user.id);
  const ts = Math.floor((session.authTime ?? session.createdAt).getTime() / 1000);
  const how = { ...(session.acr && { acr: session.acr }), ...(session.amr?.length && { amr: session.amr }) };
  return save(interaction, { login: { accountId: user.id, ts, ...how }, consent: { grantId } });
}

/** Sends the application an error of RFC 6749 section 4.1.2.1. */
export const giveUp = (interaction: Interaction, description: string): Promise<string> =>
  save(interaction, { error: 'access_denied', error_description: description });

async function save(interaction: Interaction, result: NonNullable<Interaction['result']>): Promise<string> {
  interaction.result = result;
  await interaction.save(interaction.exp - Math.floor(Date.now() / 1000));
  return interaction.returnTo;
}

/** Whoever was signed in in this browser is not any more, when somebody else comes in. */
async function forgetOthers({ store }: Door, { session }: Interaction, userId: string): Promise<void> {
  if (!session?.uid || session.accountId === userId) return;
  await store.database.query(
    `update oauth_artifacts set payload = payload - '{accountId,loginTs,amr,acr,authorizations}'::text[]
     where kind = 'Session' and uid = $1`,
    [session.uid],
  );
}
