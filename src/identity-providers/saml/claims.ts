import type { Connection } from '../../directory/connections/connection.js';
import type { SamlFacet } from '../../directory/connections/facets.js';
import type { Assertion } from '../../directory/sign-in/assertion.js';
import { whyMissing } from '../../directory/sign-in/missing-claims.js';
import { isStable, type Proved } from './assertion.js';
import { InvalidSaml } from './errors.js';
import { emailFormat, unspecifiedFormat } from './names.js';

const soap = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims';
const microsoft = 'http://schemas.microsoft.com';

/**
 * Names that IdPs use for standard claims of OpenID Connect: plain names, OIDs of LDAP, and names of Microsoft's
 * products. Sources: the attribute pages of Okta, Entra ID, Google Workspace, OneLogin, JumpCloud and Keycloak.
 */
const aliases: Record<string, readonly string[]> = {
  email: [
    'email',
    'Email',
    'mail',
    'emailAddress',
    'User.email',
    'urn:oid:0.9.2342.19200300.100.1.3',
    `${soap}/emailaddress`,
  ],
  given_name: [
    'given_name',
    'firstName',
    'FirstName',
    'givenName',
    'User.FirstName',
    'urn:oid:2.5.4.42',
    `${soap}/givenname`,
  ],
  family_name: [
    'family_name',
    'lastName',
    'LastName',
    'sn',
    'surname',
    'User.LastName',
    'urn:oid:2.5.4.4',
    `${soap}/surname`,
  ],
  name: ['name', 'displayName', 'cn', 'urn:oid:2.16.840.1.113730.3.1.241', `${microsoft}/identity/claims/displayname`],
};
const groupAliases = [
  `${microsoft}/ws/2008/06/identity/claims/groups`,
  'http://schemas.xmlsoap.org/claims/Group',
  'memberOf',
];

/** Returns the assertion for the sign-in decision from a proved SAML assertion. @throws InvalidSaml */
export function assertionOf({ jit }: Pick<Connection, 'jit'>, facet: SamlFacet, proved: Proved): Assertion {
  const claims = claimsOf(proved, jit.groupsClaim);
  const stableId = facet.subjectAttribute === null ? null : single(proved, facet.subjectAttribute);
  if (facet.subjectAttribute !== null && !stableId) {
    const missing = whyMissing('assertion', facet.subjectAttribute, Object.fromEntries(proved.attributes));
    throw new InvalidSaml(`${missing}, or change "saml.subjectAttribute"`);
  }
  if (stableId === null && !isStable(proved.nameIdFormat)) {
    throw new InvalidSaml(
      'the NameID is transient: set "subjectAttribute" to an attribute that identifies the user permanently',
    );
  }
  const email = (typeof claims.email === 'string' ? claims.email : null) ?? addressIn(proved, jit.vouchesForEmail);
  return {
    issuer: facet.idpEntityId,
    subject: stableId ?? proved.subject,
    stableId,
    email: email?.includes('@') ? email.trim() : null,
    // SAML has no such attribute: the operator states whether the IdP's addresses belong to its users.
    emailVerified: email !== null && jit.vouchesForEmail,
    claims: { ...claims, sub: proved.subject },
    authentication: {
      acr: proved.authnContext,
      amr: [],
      at: proved.authnInstant,
      idpSession: proved.sessionIndexes[0] ?? null,
      idpSubject: JSON.stringify(idpSubjectOf(proved)),
    },
    once: { id: `saml ${proved.id}`, until: proved.until },
  };
}

/**
 * Returns the NameID if it is an email address: by its format, or by its syntax if the operator vouches for the IdP's
 * addresses.
 */
function addressIn({ nameId, nameIdFormat }: Proved, vouchesForEmail: boolean): string | null {
  if (nameIdFormat === emailFormat) return nameId;
  const isFree = nameIdFormat === null || nameIdFormat === unspecifiedFormat;
  return isFree && vouchesForEmail && /^[^\s@]+@[^\s@]+$/.test(nameId) ? nameId : null;
}

/** Contains all sessions of the IdP, because a logout can name any of them (SAML Core section 3.7.1). */
function idpSubjectOf({ nameId, nameIdFormat, sessionIndexes }: Proved): Record<string, unknown> {
  const more = sessionIndexes.length > 1 && { sessions: sessionIndexes };
  return { nameID: nameId, nameIDFormat: nameIdFormat ?? '', ...more };
}

function claimsOf(proved: Proved, groupsClaim: string): Record<string, unknown> {
  const { attributes, unreadable } = proved;
  const sent = [...attributes].map(([name, values]): [string, unknown] => [
    name,
    values.length === 1 ? values[0] : values,
  ]);
  const claims: Record<string, unknown> = Object.fromEntries(sent);
  for (const [claim, names] of Object.entries(aliases)) {
    const name = names.find((one) => attributes.has(one)) ?? inAnyCase(attributes, names);
    const value = name && single(proved, name);
    if (value) claims[claim] = value;
  }
  const groups = [groupsClaim, ...groupAliases].find((name) => attributes.has(name));
  // Null stands for values that cannot be read: the list is incomplete.
  if (groups) claims[groupsClaim] = [...(attributes.get(groups) ?? []), ...(unreadable.has(groups) ? [null] : [])];
  return claims;
}

/** Returns the attribute that matches one of the names case-insensitively, such as `EMAIL`. */
function inAnyCase(attributes: Proved['attributes'], names: readonly string[]): string | undefined {
  const folded = new Set(names.map((name) => name.toLowerCase()));
  return [...attributes.keys()].find((name) => folded.has(name.toLowerCase()));
}

/** Returns the value of a single-valued attribute. @throws InvalidSaml for several values */
function single({ attributes }: Proved, name: string): string | null {
  const values = attributes.get(name) ?? [];
  if (values.length > 1) throw new InvalidSaml(`the attribute "${name}" has several values`);
  const value = values[0]?.trim();
  return value && value.length <= 1024 ? value : null;
}
