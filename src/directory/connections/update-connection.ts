import { authorize } from '../../access/authorize.js';
import type { Tx } from '../../access/write.js';
import { BadInput, expectUnchanged } from '../../kernel/errors.js';
import { checkedInOrder } from '../../kernel/input-errors.js';
import { create } from '../../storage/rows.js';
import { changesBetween } from '../changes.js';
import { checkedName } from '../organizations/create-organization.js';
import { endSessionsThrough } from '../sessions/session.js';
import { forgetWarnings } from '../users/forget-warnings.js';
import { checkedIssuer, checkFacets, configureFacets } from './configure-facets.js';
import { Connection, type ConnectionState, connectionState } from './connection.js';
import { checkedJit, checkSettings, mergedPolicy, type NewConnection } from './create-connection.js';
import { lockConnection } from './find-connections.js';
import { forgetSubjects } from './forget-subjects.js';
import { expectStillUsable, expectUsable, removeFacets } from './remove-facets.js';
import { checkedRules } from './rules/connection-rules.js';
import { saveCertificates } from './save-certificates.js';
import { endScimTokens, firstToken, noToken } from './scim-tokens.js';

export type ConnectionChange = { [K in keyof NewConnection]?: NewConnection[K] | null } & {
  state?: ConnectionState | null;
  expectedUpdatedAt?: Date | null;
};

const obeyed = /^(attributeMappings|groupMappings|grantableRoles|scimExtensions|entitlements)/;

const bothFacets = (field: 'oidc' | 'saml') =>
  new BadInput(
    `"${field}" cannot be set: a connection signs users in by OpenID Connect or by SAML, not both. To change the protocol of a DRAFT, set "${field === 'saml' ? 'oidc' : 'saml'}" to null in the same call.`,
  );

/**
 * Changes the given fields and leaves the others unchanged. Null for `oidc` or `saml` removes that configuration.
 * INACTIVE rejects the IdP's requests and sign-ins at once. Enabling SCIM creates a token, shown only once; disabling
 * it ends all tokens.
 *
 * @throws NotFound, Forbidden, Conflict, BadInput
 */
export async function updateConnection(tx: Tx, id: string, input: ConnectionChange) {
  const locked = await lockConnection(tx, id);
  authorize(tx, actionOfChange(input), locked);
  expectUnchanged(locked, input.expectedUpdatedAt);
  const before = connectionState(locked);
  const wasGiven = locked.jit.vouchesForEmailIsGiven;
  const jit = await checkedChange(tx, locked, input);
  const connection = create(Connection, {
    ...locked,
    name: input.name == null ? locked.name : checkedName(input.name, 'name'),
    provider: input.provider ?? locked.provider,
    state: input.state ?? locked.state,
    scimEnabled: input.scim ?? locked.scimEnabled,
    onExisting: input.onExisting ?? locked.onExisting,
    signalsIssuer:
      input.signalsIssuer === undefined
        ? locked.signalsIssuer
        : input.signalsIssuer && checkedIssuer(input.signalsIssuer, 'signalsIssuer'),
    jit,
    ...checkedRules(input),
  });
  const sealed = { ...connection.sealed };
  const facets = { oidc: connection.oidc, saml: connection.saml };
  const isUnset = input.grantableRoles === null && locked.givenGrantableRoles !== null;
  const isMarked = connection.jit.vouchesForEmailIsGiven !== wasGiven;
  await removeFacets(tx, connection, { before: before.state as ConnectionState, given: input });
  await configureFacets(tx, connection, input);
  if (connection.oidc && connection.saml) throw bothFacets(facets.oidc ? 'saml' : 'oidc');
  if (connection.state === 'ACTIVE' && before.state !== 'ACTIVE') expectUsable(connection);
  if (connection.state === 'ACTIVE') expectStillUsable(connection, { ...facets, scimEnabled: before.scim }, input);
  const changes = changesBetween(before, connectionState(connection));
  const isResealed = JSON.stringify(sealed) !== JSON.stringify(connection.sealed);
  if (changes.length === 0 && !isResealed) {
    // That a value was given, or is the default again, is not visible. It matters for later changes only.
    if (isMarked || isUnset) await tx.session.update(Connection, connection);
    return { connection, ...noToken };
  }

  connection.updatedAt = tx.now;
  if (changes.some(({ path }) => obeyed.test(path))) {
    // The new rules are applied to existing users and groups in the background.
    connection.settingsRevision++;
    connection.resettleSince = tx.now;
  }
  await tx.session.update(Connection, connection);
  if (facets.saml || connection.saml) await saveCertificates(tx, connection);
  await forgetSubjects(tx, facets, connection);
  if (dormancyOf(locked) !== dormancyOf(connection)) await forgetWarnings(tx, connection.id);
  if (before.scim && !connection.scimEnabled) await endScimTokens(tx, connection);
  tx.credentialsChanged = true;
  const subject = { type: 'connection', id: connection.id } as const;
  if (connection.state !== 'ACTIVE' && before.state === 'ACTIVE') await endThrough(tx, connection);
  const data = { ...connectionState(connection), previousState: before.state };
  tx.emit({ type: 'connection.updated', subject, data, changes });
  const first = connection.scimEnabled && !before.scim;
  return { connection, ...(first ? await firstToken(tx, connection.id) : noToken) };
}

/** Checks all settings of a change together. Returns the new policy. @throws BadInput for each invalid field */
async function checkedChange(tx: Tx, locked: Connection, input: ConnectionChange): Promise<Connection['jit']> {
  const provider = input.provider ?? locked.provider;
  const { jit } = await checkedInOrder({
    settings: () => checkSettings(input),
    jit: () => (input.jit ? checkedJit(tx, locked.jit, input.jit) : locked.jit),
    facets: () => checkFacets({ ...locked, provider, jit: mergedPolicy(locked.jit, input.jit) }, input),
  });
  return jit;
}

const dormancyOf = ({ state, jit }: Connection) => (state === 'ACTIVE' ? jit.dormantAfterDays : null);

// Fields that the customer can change. The application decides which roles an IdP can grant and which users it can
// adopt.
const configured = new Set(['id', 'expectedUpdatedAt', 'state', 'scim', 'oidc', 'saml']);
const isConfiguration = (input: object): boolean =>
  Object.entries(input).every(([name, value]) => value === undefined || configured.has(name));

/**
 * Returns the action that a change of a connection requires. The holder of its setup link is allowed to make some
 * changes.
 */
export const actionOfChange = (input: object) =>
  isConfiguration(input) ? ('connection.configure' as const) : ('connection.manage' as const);

/** Ends the sessions that were started through a connection that is no longer ACTIVE: the reason can be an incident. */
export async function endThrough(tx: Tx, { id }: Connection): Promise<void> {
  const ended = await endSessionsThrough(tx, id);
  if (ended.length === 0) return;
  const data = { sessionsRevoked: ended.length, because: 'connection' } as const;
  tx.emit({ type: 'session.revoked', subject: { type: 'connection', id }, connectionId: id, data });
}
