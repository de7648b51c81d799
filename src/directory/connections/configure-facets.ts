import type { Tx } from '../../access/write.js';
import { isSharedIssuer, profileOfIdp, providers } from '../../identity-providers/profiles/index.js';
import { BadInput } from '../../kernel/errors.js';
import { foldDomain } from '../../kernel/fold.js';
import { checkedAll } from '../../kernel/input-errors.js';
import type { Connection } from './connection.js';
import type { JitPolicy, OidcFacet, SamlFacet } from './facets.js';
import { checkedCertificate } from './saml-keys.js';
import { placeOf, serviceProviderOf } from './service-provider-key.js';

/**
 * The OIDC settings that an operator sends. On a change, missing settings stay unchanged; a new issuer needs its own
 * client secret.
 */
export type GivenOidc = { [K in keyof OidcFacet]?: OidcFacet[K] | null } & { clientSecret?: string | null };
/** The SAML settings that an operator sends or that the IdP's metadata contains. */
export type GivenSaml = { [K in keyof SamlFacet]?: SamlFacet[K] | null };

const loopback = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(\/|$)/;

/** Returns true if the text is an absolute https URL, or an http URL on this machine. */
export const isSecureUrl = (url: string): boolean =>
  URL.canParse(url) && (url.startsWith('https://') || loopback.test(url));

/** Returns the URL of an IdP if it uses https, or http on this machine. @throws BadInput that names the field */
export function checkedUrl(url: string, field: string): string {
  checkTexts({ [field]: url });
  if (isSecureUrl(url)) return url;
  throw new BadInput(`"${field}" must be an https URL, not "${url.slice(0, 200)}".`);
}

/**
 * Returns true if the URL can be an issuer: secure, and without user name, query and fragment (OpenID Connect Discovery
 * section 3).
 */
export function isIssuerUrl(url: string): boolean {
  if (!isSecureUrl(url) || /[?#]/.test(url)) return false;
  const { username, password } = new URL(url);
  return username === '' && password === '';
}

/** Returns the issuer if it is valid. @throws BadInput that names the field */
export function checkedIssuer(url: string, field: string): string {
  const issuer = checkedUrl(url, field);
  if (isIssuerUrl(issuer)) return issuer;
  throw new BadInput(`"${field}" must not have a user name, query or fragment (OpenID Connect Discovery section 3).`);
}

const longestText = 2_000;
// Neither an XML document (XML 1.0 section 2.2) nor a URL can contain these characters.
const unusable = /[\p{Cc}\p{Surrogate}\u{fffe}\u{ffff}]/u;

/** Checks texts that are sent to the IdP or written into metadata. @throws BadInput that names the field */
function checkTexts(texts: Record<string, string>): void {
  for (const [field, text] of Object.entries(texts)) {
    if (text.length > longestText) throw new BadInput(`"${field}" can have 2,000 characters.`);
    if (unusable.test(text)) throw new BadInput(`"${field}" must not contain control characters.`);
  }
}

/**
 * Sets the OIDC or SAML configuration of a connection and encrypts its secrets. Missing values are taken from the
 * previous configuration, or from the provider's defaults. The same applies to the parts of the JIT policy that depend
 * on the protocol, unless the operator has set them.
 *
 * @throws BadInput that names the field
 */
export async function configureFacets(
  tx: Tx,
  connection: Connection,
  { oidc, saml }: { oidc?: GivenOidc | null; saml?: GivenSaml | null },
): Promise<void> {
  const isFirst = connection.oidc === null && connection.saml === null;
  if (isFirst && (oidc || saml)) connection.jit = policyFor(connection, saml ? 'saml' : 'oidc');
  if (oidc) {
    const before = connection.oidc;
    connection.oidc = checkedOidc(connection, oidc);
    if (oidc.clientSecret) {
      const clientSecret = tx.store.vault.seal(oidc.clientSecret, placeOf(connection.id, 'clientSecret'));
      connection.sealed = { ...connection.sealed, clientSecret };
    } else if (before && before.issuer !== connection.oidc.issuer) forgetClientSecret(connection, connection.oidc);
  }
  if (!saml) return;
  const facet = checkedSaml(connection, saml);
  if (connection.saml) {
    connection.saml = { ...facet, spCertificate: connection.saml.spCertificate };
    return;
  }
  const spCertificate = await serviceProviderOf(tx, connection);
  const { samlCertificate: _moved, ...sealed } = connection.sealed;
  connection.saml = { ...facet, spCertificate };
  connection.sealed = sealed;
}

/** Part of a connection on which the checks of its configuration depend. */
type Checked = Pick<Connection, 'id' | 'provider' | 'oidc' | 'saml' | 'jit'>;

/** Checks the given OIDC or SAML configuration of a connection. @throws BadInput for each invalid field */
export function checkFacets(connection: Checked, { oidc, saml }: Parameters<typeof configureFacets>[2]): void {
  if (oidc) checkedOidc(connection, oidc);
  if (saml) checkedSaml(connection, saml);
}

/**
 * Removes the client secret, because the secret of one issuer must never be sent to another. @throws BadInput if the
 * new issuer needs one
 */
function forgetClientSecret(connection: Connection, { tokenEndpointAuthMethod }: OidcFacet): void {
  const { clientSecret, ...sealed } = connection.sealed;
  if (clientSecret === undefined) return;
  if (tokenEndpointAuthMethod !== 'NONE' && connection.provider !== 'TEST') {
    throw new BadInput(
      '"oidc.clientSecret" must be sent with a new issuer: the stored secret belongs to the previous one.',
    );
  }
  connection.sealed = sealed;
}

function policyFor({ provider, jit }: Connection, protocol: 'oidc' | 'saml'): JitPolicy {
  if (jit.vouchesForEmailIsGiven) return jit;
  const { saml = {} } = profileOfIdp(provider);
  return { ...jit, vouchesForEmail: protocol === 'saml' && (saml.vouchesForEmail ?? true) };
}

function checkedOidc({ id, oidc: before, provider, jit }: Checked, given: GivenOidc): OidcFacet {
  const known = providers[provider].oidc;
  // The test IdP identifies each connection by its id.
  const clientId = (given.clientId ?? before?.clientId ?? (provider === 'TEST' ? id : '')).trim();
  const scopes = given.scopes ?? before?.scopes ?? ['openid', 'email', 'profile'];
  const subjectClaim = given.subjectClaim || before?.subjectClaim || known.subjectClaim;
  const { issuer, hostedDomains } = checkedAll({
    issuer: () => requiredIssuer(given.issuer ?? before?.issuer),
    clientId: () => checkText(clientId, { field: 'oidc.clientId', isRequired: true }),
    scopes: () => checkScopes(scopes),
    subjectClaim: () => checkTexts({ 'oidc.subjectClaim': subjectClaim }),
    hostedDomains: () => checkedHostedDomains(given.hostedDomains ?? before?.hostedDomains ?? []),
  });
  if (isSharedIssuer(issuer) && [...hostedDomains, ...jit.allowedDomains].length === 0) {
    throw new BadInput(
      '"oidc.hostedDomains" must contain the domains of this customer, because this issuer signs in users of all organizations.',
    );
  }
  if (/\/(common|organizations|consumers)\//.test(issuer)) {
    throw new BadInput(
      '"oidc.issuer" must contain the id of the tenant, because this issuer signs in users of all tenants.',
    );
  }
  return {
    enabled: given.enabled ?? before?.enabled ?? true,
    issuer,
    clientId,
    scopes,
    subjectClaim,
    tokenEndpointAuthMethod: given.tokenEndpointAuthMethod ?? before?.tokenEndpointAuthMethod ?? 'CLIENT_SECRET_BASIC',
    hostedDomains,
  };
}

function requiredIssuer(issuer: string | null | undefined): string {
  if (!issuer) throw new BadInput('"oidc.issuer" is required in a new configuration.');
  return checkedIssuer(issuer, 'oidc.issuer');
}

function checkText(text: string, { field, isRequired }: { field: string; isRequired: boolean }): void {
  if (isRequired && text === '') throw new BadInput(`"${field}" must not be empty.`);
  checkTexts({ [field]: text });
}

function checkScopes(scopes: readonly string[]): void {
  if (scopes.length > 50) throw new BadInput('"oidc.scopes" can have at most 50 entries.');
  checkTexts({ 'oidc.scopes': scopes.join(' ') });
}

const checkedHostedDomains = (domains: readonly string[]): string[] =>
  domains.map((domain) => {
    const name = foldDomain(domain);
    if (!name) throw new BadInput(`"oidc.hostedDomains" must contain domains such as example.com, not "${domain}".`);
    return name;
  });

function checkedSaml(
  { saml: before, provider }: Pick<Checked, 'saml' | 'provider'>,
  given: GivenSaml,
): Omit<SamlFacet, 'spCertificate'> {
  const idpEntityId = (given.idpEntityId ?? before?.idpEntityId ?? '').trim();
  if (idpEntityId === '')
    throw new BadInput('"saml" must contain metadataXml, metadataUrl, or idpEntityId, ssoUrl and certificates.');
  const nameIdFormat = given.nameIdFormat === undefined ? (before?.nameIdFormat ?? null) : given.nameIdFormat;
  const subjectAttribute =
    given.subjectAttribute === undefined ? subjectAttributeOf(before, provider) : given.subjectAttribute;
  const sloUrl = given.sloUrl === undefined ? (before?.sloUrl ?? null) : given.sloUrl;
  const checked = checkedAll({
    certificates: () => checkedCertificates(given.certificates ?? before?.certificates ?? []),
    idpEntityId: () => checkTexts({ 'saml.idpEntityId': idpEntityId }),
    nameIdFormat: () => checkTexts({ 'saml.nameIdFormat': nameIdFormat ?? '' }),
    subjectAttribute: () => checkTexts({ 'saml.subjectAttribute': subjectAttribute ?? '' }),
    ssoUrl: () => checkedUrl(given.ssoUrl ?? before?.ssoUrl ?? '', 'saml.ssoUrl'),
    sloUrl: () => (sloUrl ? checkedUrl(sloUrl, 'saml.sloUrl') : null),
  });
  return {
    enabled: given.enabled ?? before?.enabled ?? true,
    idpEntityId,
    ssoUrl: checked.ssoUrl,
    ssoBinding: given.ssoBinding ?? before?.ssoBinding ?? 'REDIRECT',
    sloUrl: checked.sloUrl,
    certificates: [...new Set(checked.certificates)],
    allowIdpInitiated: given.allowIdpInitiated ?? before?.allowIdpInitiated ?? false,
    subjectAttribute,
    nameIdFormat,
    signRequests: given.signRequests ?? before?.signRequests ?? true,
  };
}

function checkedCertificates(given: readonly string[]): string[] {
  if (given.length === 0) throw new BadInput('"saml.certificates" must contain at least one certificate of the IdP.');
  return given.map(checkedCertificate);
}

const subjectAttributeOf = (before: SamlFacet | null, provider: Connection['provider']): string | null =>
  before ? before.subjectAttribute : (profileOfIdp(provider).saml?.subjectAttribute ?? null);
