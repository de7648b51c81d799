import { insertTrip } from '../../directory/sign-in/trips.js';
import type { GrantedSession } from '../../openid-provider/grants.js';
import { connectionAt, type SsoServices, serviceProvider } from './context.js';

/**
 * Returns the URL at which the user is also signed out at the SAML IdP (Profiles section 4.4) and then redirected to
 * `returnTo`; null if the IdP does not support this.
 */
export async function signOutAtIdp(
  services: SsoServices,
  session: GrantedSession,
  returnTo: string,
): Promise<string | null> {
  const { organizationId, connectionId, idpSubject, idpSession } = session;
  const connection = await connectionAt(services, connectionId);
  if (!connection.saml?.sloUrl || idpSubject === null) return null;
  const state = { purpose: { kind: 'logout', returnTo } as const };
  const trip = await insertTrip(services.store, { organizationId, connectionId }, { browser: null, state });
  const { nameID, nameIDFormat } = JSON.parse(idpSubject) as { nameID: string; nameIDFormat: string };
  const subject = { nameID, nameIDFormat, ...(idpSession !== null && { sessionIndex: idpSession }) };
  return serviceProvider(services, connection).requestLogout(subject, trip);
}
