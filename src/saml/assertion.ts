import { childrenOf, named, only, textOf } from './document.js';
import { InvalidSaml } from './errors.js';
import { bearer, persistent, saml, transient } from './names.js';

/** What an assertion has to agree with. */
export interface Expected {
  idpEntityId: string;
  spEntityId: string;
  acsUrl: string;
  nameIdFormat: string | null;
  now: Date;
  /** The request that it answers; null for one that nobody asked for. */
  requestId: string | null;
}

/** What a signed assertion says. */
export interface Proved {
  id: string;
  nameId: string;
  nameIdFormat: string | null;
  /** The NameID with its qualifiers, which are part of a persistent one. */
  subject: string;
  /** Until when it must not be taken again. */
  until: Date;
  attributes: Map<string, string[]>;
  authnInstant: Date;
  authnContext: string | null;
  sessionIndex: string | null;
}

const skewMs = 60_000;
const longestMs = 3_600_000;
/** Entra starts its hour five minutes ago. */
const slackMs = 300_000;

/** Checks everything that SAML Core section 2 and the browser profile (Profiles section 4.1.4.3) ask of an assertion. @throws InvalidSaml */
export function checkAssertion(assertion: Element, expected: Expected): Proved {
  if (assertion.namespaceURI !== saml || assertion.localName !== 'Assertion')
    throw new InvalidSaml('it is no assertion');
  if (assertion.getAttribute('Version') !== '2.0') throw new InvalidSaml('it is not SAML 2.0');
  const id = assertion.getAttribute('ID') ?? '';
  if (id === '' || id.length > 1024) throw new InvalidSaml('the assertion has no ID');
  if (textOf(only(assertion, saml, 'Issuer')) !== expected.idpEntityId)
    throw new InvalidSaml('it comes from another issuer');
  const issued = instant(assertion, 'IssueInstant');
  if (issued.getTime() > expected.now.getTime() + skewMs) throw new InvalidSaml('it was issued in the future');
  const ends = checkConditions(only(assertion, saml, 'Conditions'), expected);
  if (ends.getTime() - issued.getTime() > longestMs + slackMs) throw new InvalidSaml('it is good for too long');
  const subject = only(assertion, saml, 'Subject');
  checkConfirmation(subject, expected);
  return {
    id,
    until: new Date(ends.getTime() + skewMs),
    ...subjectIn(subject, expected),
    ...statementsIn(assertion, expected),
  };
}

function instant(element: Element, name: string): Date {
  const text = element.getAttribute(name) ?? '';
  const date = new Date(text);
  const isInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text) && !Number.isNaN(date.getTime());
  if (!isInstant) throw new InvalidSaml(`${element.localName} needs ${name}, in UTC`);
  return date;
}

function checkConditions(conditions: Element, { now, spEntityId }: Expected): Date {
  if (conditions.hasAttribute('NotBefore') && instant(conditions, 'NotBefore').getTime() > now.getTime() + skewMs) {
    throw new InvalidSaml('it is not good yet');
  }
  const ends = instant(conditions, 'NotOnOrAfter');
  if (ends.getTime() <= now.getTime() - skewMs) throw new InvalidSaml('it has run out');
  const restrictions = named(conditions, saml, 'AudienceRestriction');
  const isForUs = (restriction: Element) =>
    named(restriction, saml, 'Audience').some((one) => textOf(one) === spEntityId);
  if (restrictions.length === 0 || !restrictions.every(isForUs))
    throw new InvalidSaml('it is meant for another audience');
  return ends;
}

function checkConfirmation(subject: Element, expected: Expected): void {
  const confirmations = named(subject, saml, 'SubjectConfirmation').filter(
    (one) => one.getAttribute('Method') === bearer,
  );
  if (!confirmations.some((one) => isConfirmed(only(one, saml, 'SubjectConfirmationData'), expected))) {
    throw new InvalidSaml('its subject is confirmed for another recipient, request or time');
  }
}

function isConfirmed(data: Element, { acsUrl, requestId, now }: Expected): boolean {
  const answers = data.getAttributeNode('InResponseTo')?.value ?? null;
  return (
    data.getAttribute('Recipient') === acsUrl &&
    answers === requestId &&
    !data.hasAttribute('NotBefore') &&
    instant(data, 'NotOnOrAfter').getTime() > now.getTime() - skewMs
  );
}

function subjectIn(subject: Element, { nameIdFormat: wanted }: Expected) {
  const element = only(subject, saml, 'NameID');
  const nameId = textOf(element);
  if (nameId.length === 0 || nameId.length > 1024 || nameId.trim() !== nameId)
    throw new InvalidSaml('its NameID is empty, too long or padded');
  const nameIdFormat = element.getAttributeNode('Format')?.value ?? null;
  if (wanted && nameIdFormat !== wanted) throw new InvalidSaml('its NameID has another format');
  const qualifiers = [element.getAttribute('NameQualifier') ?? '', element.getAttribute('SPNameQualifier') ?? ''];
  const isQualified = nameIdFormat === persistent && qualifiers.some((qualifier) => qualifier !== '');
  return { nameId, nameIdFormat, subject: isQualified ? JSON.stringify([...qualifiers, nameId]) : nameId };
}

/** Whether a NameID of the format names the same person next time. */
export const isStable = (format: string | null): boolean => format !== transient;

function statementsIn(assertion: Element, { now }: Expected) {
  const statement = only(assertion, saml, 'AuthnStatement');
  const authnInstant = instant(statement, 'AuthnInstant');
  if (authnInstant.getTime() > now.getTime() + skewMs) throw new InvalidSaml('the person signed in in the future');
  const ends = statement.hasAttribute('SessionNotOnOrAfter') ? instant(statement, 'SessionNotOnOrAfter') : null;
  if (ends && ends.getTime() <= now.getTime() - skewMs) throw new InvalidSaml('the session at the IdP has ended');
  const [context] = named(statement, saml, 'AuthnContext').flatMap((one) => named(one, saml, 'AuthnContextClassRef'));
  return {
    authnInstant,
    authnContext: context ? textOf(context) : null,
    sessionIndex: statement.getAttributeNode('SessionIndex')?.value.slice(0, 1024) ?? null,
    attributes: attributesIn(assertion),
  };
}

function attributesIn(assertion: Element): Map<string, string[]> {
  const attributes = new Map<string, string[]>();
  for (const attribute of named(assertion, saml, 'AttributeStatement').flatMap((one) =>
    named(one, saml, 'Attribute'),
  )) {
    const name = attribute.getAttribute('Name') ?? '';
    if (attributes.has(name)) throw new InvalidSaml(`the attribute "${name.slice(0, 100)}" stands there twice`);
    const values = named(attribute, saml, 'AttributeValue').map((value) => {
      if (childrenOf(value).length > 0) throw new InvalidSaml(`the attribute "${name.slice(0, 100)}" holds no text`);
      return value.textContent ?? '';
    });
    attributes.set(name, values);
  }
  return attributes;
}
