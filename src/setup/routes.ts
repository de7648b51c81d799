import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../access/principal.js';
import type { Store } from '../access/store.js';
import { reading, type Tx, write } from '../access/write.js';
import type { Connection } from '../directory/connections/connection.js';
import { findConnection, findScimTokens } from '../directory/connections/find-connections.js';
import type { GivenOidc, GivenSaml } from '../directory/connections/lay-facets.js';
import { rotateScimToken } from '../directory/connections/scim-tokens.js';
import { type ConnectionChange, updateConnection } from '../directory/connections/update-connection.js';
import { startTestSignIn } from '../directory/sign-in/test-sign-in.js';
import { PublicError } from '../errors.js';
import { readForms } from '../forms.js';
import { html, page, pageHeaders } from '../pages.js';
import { setupPage } from './page.js';

type SetupPrincipal = Extract<Principal, { kind: 'setup' }>;
interface Facets {
  oidc?: GivenOidc | null;
  saml?: GivenSaml | null;
}
interface Door {
  store: Store;
  publicUrl: () => string;
  /** Reads what a form gives of the IdP: its metadata too. @throws BadInput */
  facetsOf: (input: { oidc?: GivenOidc; saml?: Record<string, string> }, provider: null) => Promise<Facets>;
}
interface Visit {
  door: Door;
  principal: SetupPrincipal;
  form: URLSearchParams;
}
/** What a form does, and what the page says afterwards: a secret that is shown this once, or a sentence. */
type Deed = (visit: Visit) => Promise<{ secret?: string; said?: string; goTo?: string }>;

const bodyLimit = 786_432;

/** The pages of a setup link: the customer's administrator configures one connection, and sees nothing else. */
export async function setupRoutes(server: FastifyInstance, door: Door): Promise<void> {
  readForms(server, bodyLimit);
  server.get('/', (request, reply) => {
    const { key } = request.query as { key?: string };
    // The secret leaves the address bar before anything is shown.
    if (typeof key === 'string') return remember(door, reply, key).redirect('/setup', 303);
    return show(door, request, reply);
  });
  server.post('/:deed', async (request, reply) => {
    const { deed: name } = request.params as { deed: string };
    const deed = Object.hasOwn(deeds, name) ? deeds[name] : undefined;
    const principal = await principalOf(door, request);
    if (!deed || !principal) return over(reply);
    const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
    try {
      const { goTo, ...more } = await deed({ door, principal, form });
      return goTo ? reply.redirect(goTo, 303) : show(door, request, reply, more);
    } catch (error) {
      if (error instanceof PublicError) return show(door, request, reply, { fault: error.message });
      throw error;
    }
  });
}

const deeds: Record<string, Deed> = {
  'scim-token': async (visit) => {
    const { store, id } = await connectionOf(visit);
    await change(visit, (tx) => updateConnection(tx, id, { scim: true }));
    const { token } = await write(store, visit.principal, (tx) => rotateScimToken(tx, id, {}));
    return { secret: token };
  },
  oidc: async (visit) => {
    const { form } = visit;
    const clientSecret = form.get('clientSecret') || undefined;
    const oidc = { issuer: form.get('issuer') ?? '', clientId: form.get('clientId') ?? '', clientSecret };
    await configure(visit, { oidc });
    return { said: 'Saved. Try a sign-in before you switch the connection on.' };
  },
  saml: async (visit) => {
    const { form } = visit;
    const metadataUrl = form.get('metadataUrl') ?? '';
    const metadataXml = form.get('metadataXml') ?? '';
    await configure(visit, { saml: metadataUrl ? { metadataUrl } : { metadataXml } });
    return { said: 'Saved. Try a sign-in before you switch the connection on.' };
  },
  state: async (visit) => {
    const state = visit.form.get('state') === 'ACTIVE' ? 'ACTIVE' : 'INACTIVE';
    const { id } = await connectionOf(visit);
    await change(visit, (tx) => updateConnection(tx, id, { state }));
    return {
      said: state === 'ACTIVE' ? 'The connection is on.' : 'The connection is off: nobody comes in through it.',
    };
  },
  test: async (visit) => {
    const { id } = await connectionOf(visit);
    const trip = await write(visit.door.store, visit.principal, (tx) => startTestSignIn(tx, id));
    return { goTo: `${visit.door.publicUrl()}/sso/test/${trip.id}` };
  },
};

async function configure(visit: Visit, given: Parameters<Door['facetsOf']>[0]): Promise<void> {
  const facets = await visit.door.facetsOf(given, null);
  const { id } = await connectionOf(visit);
  await change(visit, (tx) => updateConnection(tx, id, facets satisfies ConnectionChange));
}

const change = ({ door, principal }: Visit, work: (tx: Tx) => Promise<unknown>) => write(door.store, principal, work);

async function connectionOf({ door: { store }, principal }: Pick<Visit, 'door' | 'principal'>) {
  const connection: Connection = await findConnection(reading(store, principal), principal.connectionId);
  return { store, id: connection.id, connection };
}

const cookieName = ({ publicUrl }: Door) =>
  publicUrl().startsWith('https:') ? '__Secure-rollcall_setup' : 'rollcall_setup';

function remember(door: Door, reply: FastifyReply, secret: string): FastifyReply {
  const secure = door.publicUrl().startsWith('https:') ? '; Secure' : '';
  const value = secret.replace(/[^\w-]/g, '');
  return reply.header('set-cookie', `${cookieName(door)}=${value}; Path=/setup; HttpOnly; SameSite=Lax${secure}`);
}

async function principalOf(door: Door, request: FastifyRequest): Promise<SetupPrincipal | null> {
  const name = cookieName(door);
  const found = request.headers.cookie?.split(/; */).find((part) => part.startsWith(`${name}=`));
  // Secrets are letters that no cookie has to escape; whatever else came is none.
  const secret = found?.slice(name.length + 1);
  const principal = secret ? await door.store.credentials.find(secret, request.id) : null;
  return principal?.kind === 'setup' ? principal : null;
}

async function show(
  door: Door,
  request: FastifyRequest,
  reply: FastifyReply,
  more: { secret?: string; said?: string; fault?: string } = {},
): Promise<FastifyReply> {
  const principal = await principalOf(door, request);
  if (!principal) return over(reply);
  const { store, connection } = await connectionOf({ door, principal });
  const tokens = await findScimTokens(reading(store, principal), connection.id, store.now());
  const text = setupPage({ connection, tokens, publicUrl: door.publicUrl(), ...more });
  return reply
    .code(more.fault ? 422 : 200)
    .headers(pageHeaders)
    .send(text);
}

const over = (reply: FastifyReply): FastifyReply =>
  reply
    .code(404)
    .headers(pageHeaders)
    .send(
      page(
        'This link does not open anything',
        html`<p class="error">It has run out, or the connection is gone. Ask whoever sent it for another one.</p>`,
      ),
    );
