import { authorize } from '../../access/authorize.js';
import type { Tx } from '../../access/write.js';
import { changesBetween } from '../changes.js';
import { checkedName } from '../organizations/create-organization.js';
import { Connection, type ConnectionState, connectionState } from './connection.js';
import { checkedRules } from './connection-rules.js';
import { checkedJit, checkedOidc, type NewConnection } from './create-connection.js';
import { lockConnection } from './find-connections.js';
import { rotateScimToken } from './scim-tokens.js';

export type ConnectionChange = { [K in keyof NewConnection]?: NewConnection[K] | null } & {
  state?: ConnectionState | null;
};

const obeyed = /^(attributeMappings|groupMappings|grantableRoles|scimExtensions|entitlements)/;

/**
 * Changes what is given and leaves the rest. INACTIVE refuses the IdP's requests and sign-ins at once. Switching SCIM on
 * for the first time makes a token, shown this once.
 *
 * @throws NotFound, Forbidden, BadInput
 */
export async function updateConnection(tx: Tx, id: string, input: ConnectionChange) {
  const connection = await lockConnection(tx, id);
  authorize(tx, 'connection.manage', connection);
  const before = connectionState(connection);
  Object.assign(connection, {
    name: input.name == null ? connection.name : checkedName(input.name, 'name'),
    provider: input.provider ?? connection.provider,
    state: input.state ?? connection.state,
    scimEnabled: input.scim ?? connection.scimEnabled,
    onExisting: input.onExisting ?? connection.onExisting,
    oidc: input.oidc ? checkedOidc(input.oidc, input.provider ?? connection.provider) : connection.oidc,
    jit: input.jit ? await checkedJit(tx, connection.jit, input.jit) : connection.jit,
    ...checkedRules(input),
  });
  const changes = changesBetween(before, connectionState(connection));
  if (changes.length === 0) return { connection, scimToken: null };

  connection.updatedAt = tx.now;
  if (changes.some(({ path }) => obeyed.test(path))) {
    // Everything that was written under the old ones is settled again, in the background.
    connection.settingsRevision++;
    connection.resettleSince = tx.now;
  }
  await tx.session.update(Connection, connection);
  tx.credentialsChanged = true;
  const subject = { type: 'connection', id: connection.id } as const;
  tx.emit({ type: 'connection.updated', subject, data: connectionState(connection), changes });
  const first = connection.scimEnabled && !before.scim;
  return { connection, scimToken: first ? (await rotateScimToken(tx, connection.id, {})).token : null };
}
