import type { Action, Target } from '../../access/policy.js';
import { isVisibleTo } from '../../directory/users/queries/load-user.js';
import { unfiltered } from '../../events/read.js';
import { Forbidden, NotFound } from '../../kernel/errors.js';
import { type IdPrefix, type OrganizationId, prefixOf } from '../../kernel/ids.js';
import type { Context } from './context.js';
import { type Key, ownedKeyOf } from './lists/loaders.js';

/** Id of an object, with its organization; null for an object of the platform. */
export interface Known {
  organizationId: OrganizationId | null;
  id: string;
}

/** How the objects of one kind are found, and the action that a caller needs to see them. */
interface Kind {
  action: Action;
  load: (context: Context, key: Key) => Promise<object | null>;
  /** Target of the check. Default: the object itself. */
  target?: (found: object) => Target;
}

const kind = <T extends object>(
  action: Action,
  load: (context: Context, key: Key) => Promise<T | null>,
  target?: (found: T) => Target,
): Kind => ({ action, load, ...(target && { target: target as Kind['target'] }) }) as Kind;

/** Objects that `node` finds, by the prefix of their ids. Objects of other kinds are read through their owner. */
const kinds: Partial<Record<IdPrefix, Kind>> = {
  // The loader of organizations reads by the id alone.
  org: kind('organization.read', async ({ loaders }, key) =>
    key.id === key.organizationId ? loaders.organization.load(key) : null,
  ),
  user: kind('user.read', async ({ loaders, principal }, key) => {
    const user = await loaders.user.load(key);
    return user && isVisibleTo(principal, user) ? user : null;
  }),
  group: kind('group.read', ({ loaders }, key) => loaders.group.load(key)),
  conn: kind('connection.read', ({ loaders }, key) => loaders.connection.load(key)),
  dom: kind('organization.readPrivate', ({ loaders }, key) => loaders.domain.load(key)),
  req: kind(
    'request.read',
    ({ loaders }, key) => loaders.request.load(key),
    ({ organizationId, connectionId: id }) => ({ organizationId, id }),
  ),
  evt: kind('event.read', async ({ loaders }, key) => {
    const event = await loaders.event.load(key);
    return event && unfiltered(event);
  }),
  ses: kind('session.read', async ({ loaders }, key) => {
    const session = await loaders.session.load(key);
    return session?.endedAt === null ? session : null;
  }),
  key: kind('apiKey.read', ({ loaders }, key) => loaders.ownedKey.load(key)),
  app: kind('application.read', ({ loaders }, key) => loaders.ownedApplication.load(key)),
  cons: kind('consumer.read', ({ loaders }, key) => loaders.ownedConsumer.load(key)),
  hook: kind('webhook.read', ({ loaders }, key) => loaders.ownedEndpoint.load(key)),
};

/**
 * Returns any object by its id; null if it does not exist or the caller cannot see it. The objects of a request are
 * read together, with one statement for each kind.
 */
export async function findNode(context: Context, id: string): Promise<object | null> {
  const prefix = prefixOf(id);
  if (prefix === null || !kinds[prefix]) return null;
  const { organizationId } = context.principal;
  const home = organizationId === null ? await context.loaders.home.load(id) : { organizationId };
  return home && loadKnown(context, { ...home, id });
}

/**
 * Returns an object whose organization is known; null if it no longer exists or the caller cannot see it. The objects
 * of a list are read together, with one statement for each kind.
 */
export const loadKnown = (context: Context, known: Known): Promise<object | null> =>
  nullIfHidden(() => load(context, known));

/** Returns the object; null if it does not exist or the caller cannot see it. */
async function nullIfHidden<T extends object>(load: () => Promise<T | null>): Promise<T | null> {
  try {
    return await load();
  } catch (error) {
    if (error instanceof NotFound || error instanceof Forbidden) return null;
    throw error;
  }
}

async function load(context: Context, { organizationId, id }: Known): Promise<object | null> {
  const own = context.principal.organizationId;
  const prefix = prefixOf(id);
  const found = prefix && kinds[prefix];
  if (!found || (own !== null && own !== organizationId)) return null;
  const object = await found.load(context, ownedKeyOf({ organizationId, id }));
  if (object) await context.visible(found.action, Promise.resolve(found.target?.(object) ?? (object as Target)));
  return object;
}
