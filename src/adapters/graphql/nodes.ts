import { authorize } from '../../access/authorize.js';
import { findOwned } from '../../access/owned.js';
import type { Action } from '../../access/policy.js';
import { scopeOf } from '../../access/scope.js';
import { findApiKeys } from '../../credentials/api-keys/keys.js';
import { Consumer } from '../../delivery/consumers/consumer.js';
import { WebhookEndpoint } from '../../delivery/webhooks/endpoint.js';
import { Application } from '../../directory/applications/application.js';
import { findConnection } from '../../directory/connections/find-connections.js';
import { findDomains } from '../../directory/organizations/domains.js';
import { findRequest } from '../../directory/requests/find-requests.js';
import { SignInSession } from '../../directory/sessions/session.js';
import { isVisibleTo } from '../../directory/users/queries/load-user.js';
import { EventRecord } from '../../events/event.js';
import { unfiltered } from '../../events/read.js';
import { Forbidden, NotFound } from '../../kernel/errors.js';
import { prefixOf } from '../../kernel/ids.js';
import { sql } from '../../storage/sql.js';
import type { Context } from './context.js';

/** Returns any object by its id; null if it does not exist or the caller cannot see it. */
export const findNode = (context: Context, id: string): Promise<object | null> => nullIfHidden(() => find(context, id));

/** Returns the object; null if it does not exist or the caller cannot see it. */
export async function nullIfHidden(load: () => Promise<object | null>): Promise<object | null> {
  try {
    return await load();
  } catch (error) {
    if (error instanceof NotFound || error instanceof Forbidden) return null;
    throw error;
  }
}

async function find(context: Context, id: string): Promise<object | null> {
  const kind = prefixOf(id);
  if (
    kind === null ||
    kind === 'tok' ||
    kind === 'cli' ||
    kind === 'asec' ||
    kind === 'link' ||
    kind === 'trip' ||
    kind === 'dlv' ||
    kind === 'setup'
  )
    return null;
  if (kind === 'app') return show(context, Application, 'application.read', id);
  if (kind === 'hook') return show(context, WebhookEndpoint, 'webhook.read', id);
  if (kind === 'cons') return show(context, Consumer, 'consumer.read', id);
  if (kind === 'org' || kind === 'user' || kind === 'group') return findBatched(context, kind, id);
  const read = await context.read(kind, id);
  const { session, organizationId } = read;
  switch (kind) {
    case 'conn':
      return findConnection(read, id);
    case 'req':
      return findRequest(read, id);
    case 'dom':
      authorize(read, 'organization.readPrivate', { organizationId: read.organizationId });
      return (await findDomains(read)).find((domain) => domain.id === id) ?? null;
    case 'key':
      return (await findApiKeys(read)).find((key) => key.id === id) ?? null;
    case 'ses': {
      const [found] = await session.rows(
        SignInSession,
        sql`organization_id = ${scopeOf(read)} and id = ${id} and ended_at is null`,
      );
      if (found) authorize(read, 'session.read', found);
      return found ?? null;
    }
    case 'evt': {
      authorize(read, 'event.read', { organizationId });
      const [event] = await session.rows(EventRecord, sql`organization_id = ${scopeOf(read)} and id = ${id}`);
      return event ? unfiltered(event) : null;
    }
  }
}

async function show<T extends { organizationId: string | null }>(
  { store, principal }: Context,
  entity: new () => T,
  action: Action,
  id: string,
): Promise<T | null> {
  authorize({ principal }, action);
  return (await findOwned(store.database, entity, principal, id)) ?? null;
}

/** Users, groups and organizations are read together for all ids of a request. */
async function findBatched(context: Context, kind: 'org' | 'user' | 'group', id: string): Promise<object | null> {
  const { loaders, principal } = context;
  const organizationId = principal.organizationId ?? (await loaders.home.load(id));
  if (!organizationId || (kind === 'org' && id !== organizationId)) return null;
  if (kind === 'user') {
    const user = await context.visible('user.read', loaders.user.load({ organizationId, id }));
    return user && isVisibleTo(principal, user) ? user : null;
  }
  if (kind === 'group') return context.visible('group.read', loaders.group.load({ organizationId, id }));
  authorize(context, 'organization.read');
  return loaders.organization.load({ organizationId, id });
}
