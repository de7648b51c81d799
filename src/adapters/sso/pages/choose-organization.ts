import type { FastifyReply, FastifyRequest } from 'fastify';
import { sessionUnder } from '../../../openid-provider/grants.js';
import { fits } from '../../../openid-provider/sign-in-hints.js';
import { sql } from '../../../storage/sql.js';
import { html } from '../../web/pages.js';
import { type SsoServices, showPage } from '../context.js';

/** The user who is signed in in this browser, and the organization. */
interface SignedIn {
  organization: string;
  user: string;
}

/** Returns the user who is signed in in the browser if the application accepts that sign-in; null otherwise. */
export async function whoIsSignedIn(
  { provider, store }: SsoServices,
  { session, params }: { session?: { uid: string }; params: Record<string, unknown> },
): Promise<SignedIn | null> {
  const found = session && (await (await provider.current()).Session.findByUid(session.uid));
  const grantIds = Object.values(found?.authorizations ?? {}).flatMap(({ grantId }) => grantId ?? []);
  const signedIn = await sessionUnder(store, grantIds);
  if (!signedIn || !(await fits(store, signedIn, { params, clientId: String(params.client_id) }))) return null;
  const [row] = await store.database.query<SignedIn>(
    sql`select o.name as organization, coalesce(u.email, u.user_name) as "user"
      from users u
      join organizations o on o.id = u.organization_id
      where u.organization_id = ${signedIn.organizationId} and u.id = ${signedIn.userId}`,
  );
  return row ?? null;
}

/** Shows the page for `prompt=select_account`: continue as the signed-in user, or sign in with another account. */
export function chooseOrganization(
  services: SsoServices,
  request: FastifyRequest,
  reply: FastifyReply,
  { signedIn: { organization, user }, uid }: { signedIn: SignedIn; uid: string },
): Promise<FastifyReply> {
  const body = html`<ul>
<li><a class="button plain" href="/sso/interaction/${uid}/stay">${organization} <span class="quiet">${user}</span></a></li>
<li><a class="button plain" href="/sso/interaction/${uid}?other=yes">Another organization or account</a></li>
</ul>`;
  return showPage(services, request, reply, { title: 'Choose an organization', body });
}
