import { IsNull } from 'typeorm';
import { authorize } from '../../access/authorize.js';
import { findOwned } from '../../access/owned.js';
import { apiScopes, type Principal } from '../../access/principal.js';
import type { Tx } from '../../access/write.js';
import { deleteArtifactsOfApplication } from '../../credentials/oauth/artifacts.js';
import { BadInput, expectUnchanged, NotFound } from '../../kernel/errors.js';
import { type ApplicationId, newId, type OrganizationId, parseId } from '../../kernel/ids.js';
import { checkAll, checkedAll } from '../../kernel/input-errors.js';
import { isObject } from '../../kernel/json.js';
import { type ListedRows, listRows } from '../../storage/list-rows.js';
import { create } from '../../storage/rows.js';
import type { Session } from '../../storage/session.js';
import { or, sql } from '../../storage/sql.js';
import { isSecureUrl } from '../connections/configure-facets.js';
import type { ClientAuthMethod } from '../connections/facets.js';
import { type CheckedLook, checkedLook, type LookInput, noLook, storeLogo } from '../looks/look.js';
import { checkedName } from '../organizations/create-organization.js';
import { Application } from './application.js';
import { addSecret, provesBySecret } from './application-secrets.js';

/** Input for an application. On a change, fields that are not set stay unchanged. */
export interface ApplicationFacts extends LookInput {
  name?: string | null;
  redirectUris?: readonly string[] | null;
  postLogoutRedirectUris?: readonly string[] | null;
  backchannelLogoutUri?: string | null;
  initiateLoginUri?: string | null;
  tokenEndpointAuthMethod?: ClientAuthMethod | null;
  jwks?: unknown;
  refreshGraceSeconds?: number | null;
  apiScopes?: readonly string[] | null;
  apiScopesUnasked?: boolean | null;
}

/**
 * Creates an application of the caller's organization, or of the platform if the caller acts in no organization. The
 * secret is shown only once. Clients without a secret use PKCE alone or sign with their own key.
 *
 * @throws Forbidden, BadInput
 */
export async function createApplication(tx: Tx, facts: ApplicationFacts) {
  const { organizationId } = tx.principal;
  authorize(tx, 'application.manage', { organizationId });
  const application: Application = create(Application, {
    organizationId,
    id: newId('app'),
    name: '',
    tokenEndpointAuthMethod: 'CLIENT_SECRET_BASIC',
    jwks: null,
    redirectUris: [],
    postLogoutRedirectUris: [],
    backchannelLogoutUri: null,
    initiateLoginUri: null,
    refreshGraceSeconds: null,
    apiScopes: [],
    apiScopesUnasked: false,
    ...noLook,
    createdAt: tx.now,
    updatedAt: tx.now,
  });
  const { look } = checkedAll({ facts: () => applyFacts(application, facts), look: () => checkedLook(facts) });
  setLook(application, look);
  await tx.session.insert(Application, application);
  await storeLogo(tx, Application, application.id, look);
  const added = provesBySecret(application) ? await addSecret(tx, application, null) : null;
  return { application, ...(added ?? { secret: null, clientSecret: null, credential: null }) };
}

/** Changes the given fields and leaves the others unchanged. @throws NotFound, Forbidden, BadInput */
export async function updateApplication(
  tx: Tx,
  id: string,
  { expectedUpdatedAt, ...facts }: ApplicationFacts & { expectedUpdatedAt?: Date | null },
): Promise<Application> {
  const application = await lockApplication(tx, id);
  expectUnchanged(application, expectedUpdatedAt);
  const { look } = checkedAll({ facts: () => applyFacts(application, facts), look: () => checkedLook(facts) });
  setLook(application, look);
  // Access tokens have the scopes of the application, so cached credentials must be read again.
  tx.credentialsChanged = true;
  application.updatedAt = tx.now;
  await tx.session.update(Application, application);
  await storeLogo(tx, Application, application.id, look);
  return application;
}

/** Deletes the application with all its grants, tokens and secrets. @throws NotFound, Forbidden */
export async function deleteApplication(tx: Tx, id: string): Promise<ApplicationId> {
  const application = await lockApplication(tx, id);
  await deleteArtifactsOfApplication(tx.session.unscoped, application.id);
  await tx.manager.delete(Application, application.id);
  tx.credentialsChanged = true;
  return application.id;
}

async function lockApplication(tx: Tx, id: string): Promise<Application> {
  const application = await findOwned(tx.session.unscoped, Application, tx.principal, parseId('app', id), {
    lock: true,
  });
  if (!application) throw new NotFound('application');
  authorize(tx, 'application.manage', application);
  return application;
}

/** Returns the applications of the organization and of the platform, oldest first. */
export async function findApplications(session: Pick<Session, 'manager'>, organizationId: OrganizationId | null) {
  const own = organizationId === null ? [] : [{ organizationId }];
  return session.manager.find(Application, { where: [{ organizationId: IsNull() }, ...own], order: { id: 'ASC' } });
}

/**
 * Returns the queries of the applications of the platform and of an organization, if one is given.
 *
 * @throws Forbidden
 */
export function listApplications(
  session: Session,
  principal: Principal,
  organizationId: OrganizationId | null = principal.organizationId,
): ListedRows<Application> {
  authorize({ principal }, 'application.read', { organizationId });
  const ofPlatform = sql`organization_id is null`;
  const where = organizationId === null ? ofPlatform : or(ofPlatform, sql`organization_id = ${organizationId}`);
  return listRows(session, Application, where);
}

function setLook(application: Application, { look }: CheckedLook): void {
  const { color, supportContact, logoHash } = { ...application, ...look };
  application.color = color;
  application.supportContact = supportContact;
  application.logoHash = logoHash;
}

function applyFacts(application: Application, facts: ApplicationFacts): void {
  if (facts.tokenEndpointAuthMethod) application.tokenEndpointAuthMethod = facts.tokenEndpointAuthMethod;
  application.apiScopesUnasked = facts.apiScopesUnasked ?? application.apiScopesUnasked;
  checkAll([
    () => {
      if (facts.name != null || application.name === '') application.name = checkedName(facts.name ?? '', 'name');
    },
    () => {
      if (facts.redirectUris) application.redirectUris = checkedUris(facts.redirectUris, 'redirectUris');
      if (application.redirectUris.length === 0) throw new BadInput('"redirectUris" must contain at least one URL.');
    },
    () => {
      const uris = facts.postLogoutRedirectUris;
      if (uris) application.postLogoutRedirectUris = checkedUris(uris, 'postLogoutRedirectUris');
    },
    ...(['backchannelLogoutUri', 'initiateLoginUri'] as const).map((name) => () => {
      const uri = facts[name];
      if (uri !== undefined) application[name] = uri === null ? null : (checkedUris([uri], name)[0] ?? null);
    }),
    () => setGrace(application, facts),
    () => setScopes(application, facts),
    () => setKeys(application, facts),
  ]);
}

function setKeys(application: Application, { jwks }: ApplicationFacts): void {
  if (jwks !== undefined) application.jwks = checkedJwks(jwks);
  if (application.tokenEndpointAuthMethod === 'PRIVATE_KEY_JWT' && !application.jwks) {
    throw new BadInput('"jwks" must contain the public keys of a client that authenticates with PRIVATE_KEY_JWT.');
  }
}

/** One hour. The grace period is for tabs that refresh at the same moment; a stolen token can use it too. */
const longestGraceSeconds = 3_600;

function setGrace(application: Application, { refreshGraceSeconds: grace }: ApplicationFacts): void {
  if (grace === undefined) return;
  if (grace !== null && (grace < 0 || grace > longestGraceSeconds)) {
    throw new BadInput(`"refreshGraceSeconds" must be from 0 to ${longestGraceSeconds}.`);
  }
  application.refreshGraceSeconds = grace;
}

function setScopes(application: Application, { apiScopes: given }: ApplicationFacts): void {
  if (!given) return;
  const unknown = given.find((scope) => !apiScopes.some((known) => known === scope));
  if (unknown !== undefined) throw new BadInput(`"apiScopes" can have ${apiScopes.join(', ')} only.`);
  application.apiScopes = apiScopes.filter((scope) => given.includes(scope));
}

/**
 * Checks that URLs are absolute, have no fragment and use https, except on this machine. Returns them unchanged,
 * because redirect URIs are compared character by character.
 */
function checkedUris(uris: readonly string[], field: string): string[] {
  if (uris.length > 50) throw new BadInput(`"${field}" can have at most 50 entries; this request has ${uris.length}.`);
  for (const uri of uris) {
    const isSafe = isSecureUrl(uri) && !new URL(uri).username && !uri.includes('*');
    if (!isSafe || uri.includes('#') || /[\s\\]/.test(uri)) {
      throw new BadInput(
        `"${field}" must contain complete https URLs without a fragment or wildcard, not "${uri.slice(0, 200)}".`,
      );
    }
  }
  return [...new Set(uris)];
}

const privateParts = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'];

function checkedJwks(jwks: unknown): Application['jwks'] {
  if (jwks === null) return null;
  const keys: unknown[] = isObject(jwks) && Array.isArray(jwks.keys) ? jwks.keys : [];
  const arePublic = keys.every(
    (key) => isObject(key) && typeof key.kty === 'string' && !privateParts.some((part) => part in key),
  );
  if (keys.length === 0 || keys.length > 20 || !arePublic) {
    throw new BadInput('"jwks" must be a JWK set of 1 to 20 public keys (RFC 7517).');
  }
  return { keys: keys as Record<string, unknown>[] };
}
