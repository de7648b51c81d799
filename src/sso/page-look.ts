import type { FastifyRequest } from 'fastify';
import type { Store } from '../access/store.js';
import { type ApplicationLook, findLooks, type NamedLook } from '../directory/looks/find-look.js';
import { isDatabaseLost } from '../errors.js';
import { type Brand, type PageLook, plainLook } from '../pages.js';

/** The sign-in that a request belongs to, as far as it is known. */
export interface SignInContext {
  clientId?: string;
  organizationId?: string;
  /** The interaction of the application's request, by which its browser can go back with an error. */
  uid?: string;
}

const contexts = new WeakMap<FastifyRequest, SignInContext>();

/** Records what a request has shown of its sign-in. Pages that follow, refusals too, have its look and the way back. */
export function noteSignIn(request: FastifyRequest, context: SignInContext): void {
  contexts.set(request, { ...contexts.get(request), ...context });
}

/**
 * Returns where a page leads back to the application: with the error of OAuth that `code` stands for, and the id of the
 * request that was refused. The path is that of the interaction, so only its browser can go there.
 */
export const wayBack = (uid: string, code: string | null, requestId: string): string =>
  `/sso/interaction/${uid}/cancel?${new URLSearchParams({ ...(code && { code }), request: requestId })}`;

/** Returns the look of the request's sign-in; a plain one without a database. `code` is the denial of which the application is told. */
export async function lookOf(store: Store, request: FastifyRequest, code: string | null = null): Promise<PageLook> {
  const context = contexts.get(request);
  if (!context) return plainLook;
  try {
    const { uid } = context;
    return await lookOfSignIn(store, context, uid && wayBack(uid, code, request.id));
  } catch (error) {
    if (!isDatabaseLost(error)) throw error;
    return plainLook;
  }
}

/** Returns the look of an application and an organization. Without `cancel` the way back is the application's origin. */
export async function lookOfSignIn(
  { database }: Pick<Store, 'database'>,
  { clientId = '', organizationId = '' }: SignInContext,
  cancel?: string,
): Promise<PageLook> {
  const { application, organization } = await findLooks(database, { clientId, organizationId });
  return {
    application: application && brandOf(application),
    organization: organization && brandOf(organization),
    color: organization?.color ?? application?.color ?? null,
    back: application && backTo(application, cancel),
  };
}

const brandOf = ({ name, logoHash, supportContact }: NamedLook): Brand => ({
  name,
  logo: logoHash && `/sso/logos/${logoHash}`,
  support: supportContact,
});

function backTo({ name, redirectUris: [first] }: ApplicationLook, cancel?: string): PageLook['back'] {
  if (cancel) return { href: cancel, words: `Back to ${name}` };
  const origin = first === undefined ? 'null' : new URL(first).origin;
  return origin === 'null' ? null : { href: `${origin}/`, words: `Go to ${name}` };
}
