import { clockSkewMs, hourMs } from '../../kernel/durations.js';
import { type Attributes, attributesIn } from './attributes.js';
import { checkConditions } from './conditions.js';
import { named, only, textOf } from './document.js';
import { InvalidSaml } from './errors.js';
import { instant } from './instant.js';
import { saml, transient } from './names.js';
import { clipped, mismatch } from './reason.js';
import { checkConfirmation, readNameId, type SubjectName } from './subject.js';

/** The values that an assertion must match. */
export interface Expected {
  idpEntityId: string;
  spEntityId: string;
  acsUrl: string;
  nameIdFormat: string | null;
  now: Date;
  /** The request that the assertion answers; null for an unsolicited assertion. */
  requestId: string | null;
}

/** The content of a signed assertion. */
export interface Proved extends SubjectName, Attributes {
  id: string;
  /** The moment until which the assertion must not be accepted again. */
  until: Date;
  authnInstant: Date;
  authnContext: string | null;
  /** The IdP's sessions, one for each AuthnStatement. */
  sessionIndexes: string[];
}

const longestMs = hourMs;
/** Entra begins the hour of validity five minutes in the past. */
const slackMs = 300_000;
const maxSessionIndex = 1_024;

/**
 * Checks all requirements of SAML Core section 2 and the browser profile (Profiles section 4.1.4.3) for an assertion.
 * @throws InvalidSaml
 */
export function checkAssertion(assertion: Element, expected: Expected): Proved {
  const { now } = expected;
  if (assertion.namespaceURI !== saml || assertion.localName !== 'Assertion')
    throw new InvalidSaml(`the message contains "${clipped(assertion.localName)}" instead of a SAML 2.0 assertion`);
  if (assertion.getAttribute('Version') !== '2.0') throw new InvalidSaml('the Version of the assertion is not 2.0');
  const id = assertion.getAttribute('ID') ?? '';
  if (id === '' || id.length > 1_024) throw new InvalidSaml('the assertion has no ID');
  const issuer = textOf(only(assertion, saml, 'Issuer'));
  if (issuer !== expected.idpEntityId) throw new InvalidSaml(mismatch('the Issuer', issuer, expected.idpEntityId));
  const issued = instant(assertion, 'IssueInstant');
  if (issued.getTime() > now.getTime() + clockSkewMs)
    throw new InvalidSaml(
      `the assertion was issued in the future: ${issued.toISOString()}; here it is ${now.toISOString()}`,
    );
  const ends = checkConditions(only(assertion, saml, 'Conditions'), expected);
  if (ends.getTime() - issued.getTime() > longestMs + slackMs)
    throw new InvalidSaml('the validity period of the assertion is longer than an hour');
  const subject = only(assertion, saml, 'Subject');
  const name = readNameId(only(subject, saml, 'NameID'), expected.nameIdFormat);
  checkConfirmation(subject, expected);
  return {
    id,
    until: new Date(ends.getTime() + clockSkewMs),
    ...name,
    ...authenticationIn(assertion, now),
    ...attributesIn(assertion),
  };
}

/** Returns true if a NameID of this format identifies the same user at the next sign-in. */
export const isStable = (format: string | null): boolean => format !== transient;

/** Returns the latest authentication. At least one AuthnStatement is required (Profiles section 4.1.4.2). */
function authenticationIn(assertion: Element, now: Date) {
  const statements = named(assertion, saml, 'AuthnStatement').map((one) => readStatement(one, now));
  if (statements.length === 0) throw new InvalidSaml('the assertion has no AuthnStatement');
  const open = statements.filter(({ hasEnded }) => !hasEnded);
  const [last] = open.sort((a, b) => b.authnInstant.getTime() - a.authnInstant.getTime());
  if (!last) throw new InvalidSaml('the session at the IdP has ended (SessionNotOnOrAfter)');
  const { authnInstant, authnContext } = last;
  return { authnInstant, authnContext, sessionIndexes: open.flatMap(({ sessionIndex }) => sessionIndex ?? []) };
}

function readStatement(statement: Element, now: Date) {
  const authnInstant = instant(statement, 'AuthnInstant');
  if (authnInstant.getTime() > now.getTime() + clockSkewMs)
    throw new InvalidSaml(
      `AuthnInstant is in the future: ${authnInstant.toISOString()}; here it is ${now.toISOString()}`,
    );
  // The value becomes `auth_time`, which counts from 1970.
  if (authnInstant.getTime() < 0) throw new InvalidSaml(`AuthnInstant is ${authnInstant.toISOString()}, before 1970`);
  const ends = statement.hasAttribute('SessionNotOnOrAfter') ? instant(statement, 'SessionNotOnOrAfter') : null;
  const [context] = named(statement, saml, 'AuthnContext').flatMap((one) => named(one, saml, 'AuthnContextClassRef'));
  const sessionIndex = statement.getAttributeNode('SessionIndex')?.value || null;
  if (sessionIndex !== null && sessionIndex.length > maxSessionIndex)
    throw new InvalidSaml(`SessionIndex is longer than ${maxSessionIndex} characters`);
  return {
    authnInstant,
    hasEnded: ends !== null && ends.getTime() <= now.getTime() - clockSkewMs,
    authnContext: context?.textContent?.trim() || null,
    sessionIndex,
  };
}
