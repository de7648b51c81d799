import { authorize } from '../../access/authorize.js';
import { endSessionsThrough } from '../../access/session.js';
import type { Tx } from '../../access/write.js';
import { BadInput, expectUnchanged } from '../../errors.js';
import { changesBetween } from '../changes.js';
import { checkedName } from '../organizations/create-organization.js';
import { Connection, type ConnectionState, connectionState } from './connection.js';
import { checkedRules } from './connection-rules.js';
import { checkedJit, type NewConnection } from './create-connection.js';
import { lockConnection } from './find-connections.js';
import { forgetSubjects } from './forget-subjects.js';
import { checkedUrl, layFacets } from './lay-facets.js';
import { rotateScimToken } from './scim-tokens.js';

export type ConnectionChange = { [K in keyof NewConnection]?: NewConnection[K] | null } & {
  state?: ConnectionState | null;
  expectedUpdatedAt?: Date | null;
};

const obeyed = /^(attributeMappings|groupMappings|grantableRoles|scimExtensions|entitlements)/;

/**
 * Changes what is given and leaves the rest. INACTIVE refuses the IdP's requests and sign-ins at once. Switching SCIM on
 * for the first time makes a token, shown this once.
 *
 * @throws NotFound, Forbidden, Conflict, BadInput
 */
export async function updateConnection(tx: Tx, id: string, input: ConnectionChange) {
  const connection = await lockConnection(tx, id);
  authorize(tx, isConfiguration(input) ? 'connection.configure' : 'connection.manage', connection);
  expectUnchanged(connection, input.expectedUpdatedAt);
  const before = connectionState(connection);
  const wasGiven = connection.jit.vouchesForEmailIsGiven;
  Object.assign(connection, {
    name: input.name == null ? connection.name : checkedName(input.name, 'name'),
    provider: input.provider ?? connection.provider,
    state: input.state ?? connection.state,
    scimEnabled: input.scim ?? connection.scimEnabled,
    onExisting: input.onExisting ?? connection.onExisting,
    signalsIssuer:
      input.signalsIssuer === undefined
        ? connection.signalsIssuer
        : input.signalsIssuer && checkedUrl(input.signalsIssuer, 'signalsIssuer'),
    jit: input.jit ? await checkedJit(tx, connection.jit, input.jit) : connection.jit,
    ...checkedRules(input),
  });
  const sealed = { ...connection.sealed };
  const facets = { oidc: connection.oidc, saml: connection.saml };
  const isMarked = connection.jit.vouchesForEmailIsGiven !== wasGiven;
  await layFacets(tx, connection, input);
  if (connection.oidc && connection.saml)
    throw new BadInput('A connection signs people in by OIDC or by SAML, not both.');
  const changes = changesBetween(before, connectionState(connection));
  const isResealed = JSON.stringify(sealed) !== JSON.stringify(connection.sealed);
  if (changes.length === 0 && !isResealed && !isMarked) return { connection, scimToken: null };

  connection.updatedAt = tx.now;
  if (changes.some(({ path }) => obeyed.test(path))) {
    // Everything that was written under the old ones is settled again, in the background.
    connection.settingsRevision++;
    connection.resettleSince = tx.now;
  }
  await tx.session.update(Connection, connection);
  await forgetSubjects(tx, facets, connection);
  tx.credentialsChanged = true;
  const subject = { type: 'connection', id: connection.id } as const;
  if (connection.state !== 'ACTIVE' && before.state === 'ACTIVE') await endThrough(tx, connection);
  const data = { ...connectionState(connection), previousState: before.state };
  tx.emit({ type: 'connection.updated', subject, data, changes });
  const first = connection.scimEnabled && !before.scim;
  return { connection, scimToken: first ? (await rotateScimToken(tx, connection.id, {})).token : null };
}

// What an IdP may grant and whom it may take over is the application's to say, and not the customer's.
const configured = new Set(['id', 'expectedUpdatedAt', 'state', 'scim', 'oidc', 'saml']);
const isConfiguration = (input: ConnectionChange): boolean =>
  Object.entries(input).every(([name, value]) => value === undefined || configured.has(name));

/** People who came in through a connection that is switched off are out: it may be switched off for a reason. */
export async function endThrough(tx: Tx, { id }: Connection): Promise<void> {
  const ended = await endSessionsThrough(tx, id);
  if (ended.length === 0) return;
  const data = { sessionsRevoked: ended.length, because: 'connection' };
  tx.emit({ type: 'session.revoked', subject: { type: 'connection', id }, connectionId: id, data });
}
