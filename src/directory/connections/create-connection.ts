import { authorize } from '../../access/authorize.js';
import type { Tx } from '../../access/write.js';
import { BadInput } from '../../errors.js';
import { foldDomain } from '../../fold.js';
import { type ProviderName, providers } from '../../idp/index.js';
import { newId, parseId } from '../../ids.js';
import { checkedName } from '../organizations/create-organization.js';
import { Connection, connectionState, type JitPolicy, type OidcFacet, type OnExisting } from './connection.js';
import { type ConnectionRules, checkedRules, noRules } from './connection-rules.js';
import { rotateScimToken } from './scim-tokens.js';

type Given<T> = { [K in keyof T]?: T[K] | null };
export interface NewConnection extends ConnectionRules {
  name: string;
  provider: ProviderName;
  scim?: boolean | null;
  onExisting?: OnExisting | null;
  oidc?: ({ issuer: string; clientId: string } & Given<OidcFacet>) | null;
  jit?: Given<JitPolicy> | null;
}

const defaults: JitPolicy = {
  mode: 'UNLESS_SCIM',
  allowedDomains: [],
  requireVerifiedEmail: true,
  vouchesForEmail: false,
  refreshProfile: true,
  defaultRoles: [],
  defaultGroupIds: [],
};

/**
 * Links the organization to an IdP, ACTIVE at once. With `scim` it makes the first bearer token, shown this once.
 *
 * @throws Forbidden, BadInput
 */
export async function createConnection(tx: Tx, input: NewConnection) {
  authorize(tx, 'connection.manage', { organizationId: tx.organizationId });
  const connection = Object.assign(new Connection(), {
    organizationId: tx.organizationId,
    id: newId('conn'),
    name: checkedName(input.name, 'name'),
    provider: input.provider,
    state: 'ACTIVE',
    scimEnabled: input.scim ?? false,
    onExisting: input.onExisting ?? 'ADOPT',
    oidc: input.oidc ? checkedOidc(input.oidc, input.provider) : null,
    jit: await checkedJit(tx, defaults, input.jit ?? {}),
    ...noRules,
    ...checkedRules(input),
    createdAt: tx.now,
    updatedAt: tx.now,
  } as const);
  await tx.session.insert(Connection, connection);
  const subject = { type: 'connection', id: connection.id } as const;
  tx.emit({ type: 'connection.created', subject, data: connectionState(connection) });
  const scimToken = connection.scimEnabled ? (await rotateScimToken(tx, connection.id, {})).token : null;
  return { connection, scimToken };
}

/** The OIDC facet with its defaults. @throws BadInput for an issuer that is no URL */
export function checkedOidc(given: NonNullable<NewConnection['oidc']>, provider: ProviderName): OidcFacet {
  const local = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(\/|$)/;
  if (!URL.canParse(given.issuer) || !(given.issuer.startsWith('https://') || local.test(given.issuer))) {
    throw new BadInput(
      `"oidc.issuer" must be an https URL as the IdP's discovery document names it, not "${given.issuer}".`,
    );
  }
  if (given.clientId.trim() === '') throw new BadInput('"oidc.clientId" must not be empty.');
  return {
    enabled: given.enabled ?? true,
    issuer: given.issuer,
    clientId: given.clientId,
    scopes: given.scopes ?? ['openid', 'email', 'profile'],
    subjectClaim: given.subjectClaim || providers[provider].oidc.subjectClaim,
  };
}

/** The policy with what is given laid over `before`. @throws BadInput for a domain or group that is none */
export async function checkedJit(tx: Tx, before: JitPolicy, given: Given<JitPolicy>): Promise<JitPolicy> {
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value != null));
  const policy: JitPolicy = { ...before, ...set };
  policy.allowedDomains = policy.allowedDomains.map((domain) => {
    const name = foldDomain(domain);
    if (!name) throw new BadInput(`"jit.allowedDomains" has "${domain}", which is not a domain such as example.com.`);
    return name;
  });
  const ids = policy.defaultGroupIds.filter((id) => parseId('group', id));
  const found = await tx.session.query(
    `select id from groups where organization_id = $1 and id = any($2) and origin <> 'SCIM'`,
    [tx.organizationId, ids],
  );
  if (found.length !== new Set(policy.defaultGroupIds).size) {
    throw new BadInput('"jit.defaultGroupIds" must name groups of this organization that no IdP manages.');
  }
  return policy;
}
