import type { FastifyRequest } from 'fastify';
import type { Store } from '../../../access/store.js';
import { type ApplicationLook, findLooks, type NamedLook } from '../../../directory/looks/find-look.js';
import { isDatabaseLost } from '../../../kernel/errors.js';
import { type Brand, type PageLook, plainLook } from '../../web/pages.js';

/** The known context of a request's sign-in. */
export interface SignInContext {
  clientId?: string;
  organizationId?: string;
  /** The interaction of the application's request, through which its browser can return with an error. */
  uid?: string;
}

const contexts = new WeakMap<FastifyRequest, SignInContext>();

/**
 * Records the context of a request's sign-in. All later pages, including error pages, have its appearance and the link
 * back.
 */
export function noteSignIn(request: FastifyRequest, context: SignInContext): void {
  contexts.set(request, { ...contexts.get(request), ...context });
}

/**
 * Returns the URL that leads back to the application, with the OAuth error for `code` and the id of the request that
 * failed. The path is that of the interaction, so only its browser can use it.
 */
export const wayBack = (uid: string, code: string | null, requestId: string): string =>
  `/sso/interaction/${uid}/cancel?${new URLSearchParams({ ...(code && { code }), request: requestId })}`;

/**
 * Returns the appearance of the request's sign-in; a plain one without a database. `code` is the denial that is
 * returned to the application.
 */
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

/**
 * Returns the appearance of an application and an organization. Without `cancel`, the link back leads to the
 * application's origin.
 */
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
