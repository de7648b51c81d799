import { authorize } from '../../../access/authorize.js';
import type { Read } from '../../../access/write.js';
import { fold } from '../../../kernel/fold.js';
import { requestsNaming } from '../../requests/find-requests.js';
import type { ProvisioningRequest } from '../../requests/provisioning-request.js';
import { getUsers, queryUsers } from '../../users/queries/load-user.js';
import type { User } from '../../users/user.js';
import type { Connection } from '../connection.js';

/** The state of a user at one connection, with the reason. */
export interface Explanation {
  userName: string;
  /** The account with this userName or email address, or null. It can be closed or deleted. */
  user: User | null;
  /** The text for the IdP's administrator. */
  explanation: string;
  /** The IdP's latest lookups of the user, newest first. */
  lookUps: ProvisioningRequest[];
  /** The IdP's latest writes that were rejected, newest first; `error` contains the reason. */
  refusals: ProvisioningRequest[];
}

const isLookUp = ({ method, path }: ProvisioningRequest) => method === 'GET' || path.startsWith('/.search');
const isRefusal = (request: ProvisioningRequest) => request.status >= 400 && !isLookUp(request);

/**
 * Explains why a user is missing, or differs from what the IdP's administrator expects, from the IdP's lookups and
 * rejected writes.
 *
 * @throws Forbidden
 */
export async function explainPerson(read: Read, connection: Connection, userName: string): Promise<Explanation> {
  authorize(read, 'user.readPrivate', { organizationId: read.organizationId });
  const requests = await requestsNaming(read, connection.id, userName);
  const user = await personOf(read, userName);
  const lookUps = requests.filter(isLookUp).slice(0, 10);
  const refusals = requests.filter(isRefusal).slice(0, 10);
  const explanation = user ? ofUser(connection, user, refusals) : ofNobody(connection, userName, { lookUps, refusals });
  return { userName, user, explanation, lookUps, refusals };
}

/**
 * Returns the account that has this userName, email address or former name. A live account is preferred to a deleted
 * one, then the userName to the other names.
 */
async function personOf(read: Read, userName: string): Promise<User | null> {
  const query = queryUsers(read)
    .andWhere('(u.userNameKey = :key or u.emailKey = :key or u.formerNameKey = :key)', { key: fold(userName) })
    .orderBy({ 'u.deletedAt is not null': 'ASC', 'u.userNameKey <> :key': 'ASC', 'u.id': 'DESC' });
  const [user = null] = await getUsers(query.limit(1));
  return user;
}

const whenOf = ({ at }: ProvisioningRequest) => at.toISOString();

function ofUser(connection: Connection, user: User, [refusal]: ProvisioningRequest[]): string {
  const refused = refusal ? ` The last rejected write, at ${whenOf(refusal)}: ${refusal.error}` : '';
  const name = `"${user.userName}"`;
  if (user.deletedAt) return `${name} was deleted by the IdP at ${user.deletedAt.toISOString()}.${refused}`;
  if (user.scimConnectionId === connection.id)
    return `${name} is ${user.status} and managed by this connection.${refused}`;
  if (user.scimConnectionId) return `${name} is ${user.status} and managed by another connection.${refused}`;
  return `${name} is ${user.status} and unmanaged. This connection adopts the user when the IdP looks up the user and sends a write.${refused}`;
}

function ofNobody(
  connection: Connection,
  userName: string,
  { lookUps: [lookUp], refusals: [refusal] }: Pick<Explanation, 'lookUps' | 'refusals'>,
): string {
  if (refusal) {
    return `"${userName}" was not found: the IdP sent a write at ${whenOf(refusal)}, which was rejected. ${refusal.error}`;
  }
  if (lookUp) {
    return `"${userName}" was not found: the IdP searched at ${whenOf(lookUp)}, found no user, and has sent no request since. Check that the IdP is configured to create users and that its provisioning is not paused.`;
  }
  if (!connection.scimEnabled) return `"${userName}" was not found, and SCIM is disabled for this connection.`;
  return `"${userName}" was not found, and the IdP has not searched for the user. Check that the user is assigned to the application at the IdP.`;
}
