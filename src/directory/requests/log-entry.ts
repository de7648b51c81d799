import type { Connection } from '../connections/connection.js';
import type { NewRequest } from './provisioning-request.js';

/** The properties of a request that are known before it is handled. */
interface Asked {
  id: string;
  method: string;
  url: string;
}

type Outcome = Pick<NewRequest, 'protocol' | 'status' | 'durationMs' | 'at'> & Partial<NewRequest>;

/**
 * Returns the log entry of a request that is not SCIM: a sign-in, a message of an IdP, or a change on the setup page.
 * The path is without the query, which can contain tokens. Fields that `outcome` does not have are null.
 */
export const logEntryOf = (
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
