import { authorize } from '../../../access/authorize.js';
import { isVisibleTo } from '../../../directory/users/queries/load-user.js';
import { unfiltered } from '../../../events/read.js';
import { type OrganizationId, prefixOf } from '../../../kernel/ids.js';
import type { Context } from '../context.js';
import type { Key } from '../lists/loaders.js';
import { nullIfHidden } from '../nodes.js';

/** Id of an object, with its organization; null for an object of the platform. */
export interface Known {
  organizationId: OrganizationId | null;
  id: string;
}

/**
 * Returns an object whose organization is known; null if it no longer exists or the caller cannot see it. The objects
 * of a list are read together, with one statement for each kind.
 */
export const loadKnown = (context: Context, known: Known): Promise<object | null> =>
  nullIfHidden(() => load(context, known));

async function load(context: Context, { organizationId, id }: Known): Promise<object | null> {
  const { loaders, principal } = context;
  if (principal.organizationId !== null && principal.organizationId !== organizationId) return null;
  // The loaders of objects that can belong to the platform use an empty text for it.
  const key = { organizationId: organizationId ?? '', id } as Key;
  switch (prefixOf(id)) {
    case 'org':
      return context.visible('organization.read', loaders.organization.load(key));
    case 'user': {
      const user = await context.visible('user.read', loaders.user.load(key));
      return user && isVisibleTo(principal, user) ? user : null;
    }
    case 'group':
      return context.visible('group.read', loaders.group.load(key));
    case 'conn':
      return context.visible('connection.read', loaders.connection.load(key));
    case 'dom':
      return context.visible('organization.readPrivate', loaders.domain.load(key));
    case 'req': {
      const request = await loaders.request.load(key);
      const target = request && { organizationId, id: request.connectionId };
      return target && (await context.visible('request.read', Promise.resolve(target))) && request;
    }
    case 'evt': {
      authorize(context, 'event.read', { organizationId });
      const event = await loaders.event.load(key);
      return event && unfiltered(event);
    }
    case 'key':
      return context.visible('apiKey.read', loaders.ownedKey.load(key));
    case 'app':
      return context.visible('application.read', loaders.ownedApplication.load(key));
    case 'cons':
      return context.visible('consumer.read', loaders.ownedConsumer.load(key));
    case 'hook':
      return context.visible('webhook.read', loaders.ownedEndpoint.load(key));
    default:
      return null;
  }
}
