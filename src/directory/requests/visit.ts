import type { Connection } from '../connections/connection.js';
import type { NewRequest } from './provisioning-request.js';

/** What the server knows of a request before it is handled. */
interface Asked {
  id: string;
  method: string;
  url: string;
}

type Outcome = Pick<NewRequest, 'protocol' | 'status' | 'durationMs' | 'at'> & Partial<NewRequest>;

/**
 * The log entry of a request that is not SCIM: a sign-in, a message of an IdP, a save in the setup page. It has the path
 * without the query, which can hold tokens. Parts that `outcome` does not have are null.
 */
export const visitOf = (
  { id: requestId, method, url }: Asked,
  { id: connectionId, organizationId }: Pick<Connection, 'id' | 'organizationId'>,
  { durationMs, ...outcome }: Outcome,
): NewRequest => ({
  organizationId,
  connectionId,
  method,
  path: url.split('?')[0] ?? '',
  requestText: null,
  responseText: null,
  error: null,
  quirks: [],
  userId: null,
  requestId,
  firstPosition: null,
  lastPosition: null,
  ...outcome,
  durationMs: Math.round(durationMs),
});
