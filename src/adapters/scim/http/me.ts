import type { FastifyRequest } from 'fastify';
import type { Principal } from '../../../access/principal.js';
import type { Store } from '../../../access/store.js';
import { reading } from '../../../access/write.js';
import { isKnownTo } from '../../../directory/users/queries/find-users.js';
import { findScimUser } from '../../../directory/users/queries/scim-users.js';
import { Unauthenticated } from '../../../kernel/errors.js';
import { userType } from '../../../scim-model/user-schema.js';
import { parseProjection, project, shows } from '../resources/projection.js';
import { etagOfUser, renderUser } from '../users/user-form.js';
import { ScimError } from './errors.js';
import { urlParameters } from './parameters.js';
import { callerOf, connectionOf, type ScimResponse } from './request.js';

/**
 * Handles `/Me` (RFC 7644 section 3.11): returns the user whose own token the request contains, under its real
 * location. An IdP's token does not belong to a user, so the endpoint answers 501. It is read-only, because the IdP
 * manages the profile.
 *
 * @throws Unauthenticated, ScimError
 */
export async function me(store: Store, publicUrl: string, request: FastifyRequest): Promise<ScimResponse> {
  const { connectionId: segment = '' } = request.params as { connectionId?: string };
  const principal = await callerOf(store, request);
  const connectionId = connectionOf(segment);
  if (principal?.kind === 'scim' && principal.connectionId === connectionId) {
    throw new ScimError(
      501,
      null,
      "/Me requires a user's access token; this token belongs to the connection. Use /Users.",
    );
  }
  if (principal?.kind !== 'user' || connectionId === null) throw unknown();
  if (request.method !== 'GET') throw new ScimError(501, null, 'The IdP manages the profile. /Me is read-only.');
  return ownResource(store, principal, { connectionId, url: `${publicUrl}/scim/v2/${segment}` }, request);
}

const unknown = () => new Unauthenticated('Send the user\'s access token in the header "Authorization: Bearer ...".');

async function ownResource(
  store: Store,
  principal: Principal & { kind: 'user' },
  { connectionId, url }: { connectionId: string; url: string },
  request: FastifyRequest,
): Promise<ScimResponse> {
  const read = reading(store, principal);
  const projection = parseProjection(userType, urlParameters(request.query));
  const { user, related } = await findScimUser(read, principal.userId, { groups: shows(projection, 'groups') });
  // Users of other connections must not learn that this connection exists.
  if (!(await isKnownTo(read, user, connectionId))) throw unknown();
  const etag = etagOfUser(user, related);
  const body = project(renderUser(user, related, { url, etag }), projection);
  return {
    status: 200,
    headers: { etag, 'content-location': `${url}/Users/${user.id}` },
    body,
  };
}
