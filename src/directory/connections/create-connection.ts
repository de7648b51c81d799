import { In, IsNull } from 'typeorm';
import { authorize } from '../../access/authorize.js';
import { checkCount } from '../../access/check-count.js';
import type { Tx } from '../../access/write.js';
import type { ProviderName } from '../../identity-providers/profiles/index.js';
import { BadInput } from '../../kernel/errors.js';
import { newId, parseId } from '../../kernel/ids.js';
import { checkAll, checkedAll, checkedInOrder } from '../../kernel/input-errors.js';
import { create } from '../../storage/rows.js';
import { Group } from '../groups/group.js';
import { checkedName } from '../organizations/create-organization.js';
import { checkedDomain } from '../organizations/domains.js';
import { checkedRoles } from '../roles/grantable-roles.js';
import { checkedIssuer, checkFacets, configureFacets, type GivenOidc, type GivenSaml } from './configure-facets.js';
import { Connection, type ConnectionState, connectionState, type OnExisting } from './connection.js';
import { defaultPolicy, type JitPolicy } from './facets.js';
import { expectUsable } from './remove-facets.js';
import { type ConnectionRules, checkedRules, noRules } from './rules/connection-rules.js';
import { saveCertificates } from './save-certificates.js';
import { firstToken, noToken } from './scim-tokens.js';

type Given<T> = { [K in keyof T]?: T[K] | null };
export interface NewConnection extends ConnectionRules {
  name: string;
  provider: ProviderName;
  state?: ConnectionState | null;
  scim?: boolean | null;
  onExisting?: OnExisting | null;
  oidc?: GivenOidc | null;
  saml?: GivenSaml | null;
  signalsIssuer?: string | null;
  jit?: Given<JitPolicy> | null;
}

const limit = {
  most: 200,
  owner: 'An organization',
  rows: 'connections',
  remedy: 'Delete an unused one.',
  field: 'organizationId',
};
const mostDefaultGroups = 100;

/**
 * Creates a connection between the organization and an IdP. Its state is ACTIVE if it can sign users in or provision
 * them, otherwise DRAFT. The customer's administrator configures and tests a DRAFT through a setup link before it is
 * used. With `scim`, it also creates the first bearer token, shown only once.
 *
 * @throws Forbidden, BadInput
 */
export async function createConnection(tx: Tx, input: NewConnection) {
  authorize(tx, 'connection.manage', { organizationId: tx.organizationId });
  if (input.oidc && input.saml)
    throw new BadInput('"saml" cannot be combined with "oidc": a connection uses one sign-in protocol.');
  await checkCount(tx, Connection, { organizationId: tx.organizationId }, limit);
  const id = newId('conn');
  const places = { id, provider: input.provider, oidc: null, saml: null };
  const { jit } = await checkedInOrder({
    settings: () => checkSettings(input),
    jit: () => checkedJit(tx, defaultPolicy, input.jit ?? {}),
    facets: () => checkFacets({ ...places, jit: mergedPolicy(defaultPolicy, input.jit) }, input),
  });
  const connection = create(Connection, {
    organizationId: tx.organizationId,
    id,
    name: checkedName(input.name, 'name'),
    provider: input.provider,
    state: input.state ?? firstState(input),
    scimEnabled: input.scim ?? false,
    onExisting: input.onExisting ?? 'ADOPT',
    oidc: null,
    saml: null,
    sealed: {},
    signalsIssuer: input.signalsIssuer ? checkedIssuer(input.signalsIssuer, 'signalsIssuer') : null,
    jit,
    ...noRules,
    ...checkedRules(input),
    createdAt: tx.now,
    updatedAt: tx.now,
  });
  await configureFacets(tx, connection, input);
  if (connection.state === 'ACTIVE') expectUsable(connection);
  await tx.session.insert(Connection, connection);
  await saveCertificates(tx, connection);
  const subject = { type: 'connection', id: connection.id } as const;
  tx.emit({ type: 'connection.created', subject, data: connectionState(connection) });
  return { connection, ...(connection.scimEnabled ? await firstToken(tx, connection.id) : noToken) };
}

/**
 * Returns the initial state. A connection that neither signs users in nor provisions them still has to be configured.
 */
const firstState = ({ oidc, saml, scim }: NewConnection): ConnectionState =>
  oidc || saml || scim ? 'ACTIVE' : 'DRAFT';

/**
 * Checks the settings of an input that do not depend on the database.
 *
 * @throws BadInput for each invalid field
 */
export function checkSettings(
  input: { name?: string | null } & Pick<NewConnection, 'signalsIssuer' | 'jit' | keyof ConnectionRules>,
): void {
  const { name, signalsIssuer, jit } = input;
  checkAll([
    () => name != null && checkedName(name, 'name'),
    () => signalsIssuer && checkedIssuer(signalsIssuer, 'signalsIssuer'),
    () => policyWith(defaultPolicy, jit ?? {}),
    () => checkedRules(input),
  ]);
}

/**
 * Returns the policy `before` with the given fields applied. @throws BadInput for a malformed domain or an unknown
 * group
 */
export async function checkedJit(tx: Tx, before: JitPolicy, given: Given<JitPolicy>): Promise<JitPolicy> {
  const policy = policyWith(before, given);
  // Groups that were set before can have been deleted since: sign-ins ignore them.
  if (given.defaultGroupIds != null) await checkDefaultGroups(tx, policy.defaultGroupIds);
  return policy;
}

/** Returns the policy with the given fields, which are not checked. */
export const mergedPolicy = (before: JitPolicy, given: Given<JitPolicy> | null | undefined): JitPolicy => ({
  ...before,
  ...Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => value != null)),
});

function policyWith(before: JitPolicy, given: Given<JitPolicy>): JitPolicy {
  const policy = mergedPolicy(before, given);
  if (given.vouchesForEmail != null) policy.vouchesForEmailIsGiven = true;
  if (given.dormantAfterDays === null) policy.dormantAfterDays = null;
  const checked = checkedAll({
    dormantAfterDays: () => checkDays(policy.dormantAfterDays),
    defaultRoles: () => checkedRoles(policy.defaultRoles, 'jit.defaultRoles'),
    allowedDomains: () => policy.allowedDomains.map((domain) => checkedDomain(domain, 'jit.allowedDomains')),
  });
  return { ...policy, defaultRoles: checked.defaultRoles, allowedDomains: checked.allowedDomains };
}

function checkDays(days: number | null): void {
  if (days !== null && days < 1) throw new BadInput('"jit.dormantAfterDays" must be 1 or more, or null to disable it.');
}

async function checkDefaultGroups(tx: Tx, ids: readonly string[]): Promise<void> {
  if (ids.length > mostDefaultGroups)
    throw new BadInput(
      `"jit.defaultGroupIds" can have at most ${mostDefaultGroups} entries; this request has ${ids.length}.`,
    );
  const id = In(ids.flatMap((given) => parseId('group', given) ?? []));
  // A deleted connection leaves its groups without one, and then the API manages them.
  const found = await tx.manager.countBy(Group, { organizationId: tx.organizationId, id, connectionId: IsNull() });
  if (found !== new Set(ids).size) {
    throw new BadInput('"jit.defaultGroupIds" must contain ids of groups of this organization that no IdP manages.');
  }
}
