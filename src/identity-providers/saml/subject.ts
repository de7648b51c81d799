import { clockSkewMs } from '../../kernel/durations.js';
import { named, textOf } from './document.js';
import { InvalidSaml } from './errors.js';
import { instant } from './instant.js';
import { bearer, persistent, saml } from './names.js';
import { clipped, mismatch } from './reason.js';

const maxNameId = 1_024;

/** The subject of an assertion or logout request. */
export interface SubjectName {
  nameId: string;
  nameIdFormat: string | null;
  /** The NameID with its qualifiers, which are part of a persistent NameID. */
  subject: string;
}

/** Reads a NameID (SAML Core section 2.2.3). @throws InvalidSaml */
export function readNameId(element: Element, wanted: string | null): SubjectName {
  const nameId = element.childNodes.length === 0 ? '' : textOf(element);
  if (nameId.trim() === '') throw new InvalidSaml('the NameID is empty');
  if (nameId.trim() !== nameId)
    throw new InvalidSaml(
      'the NameID has leading or trailing white space, which is significant (SAML Core section 1.3.1)',
    );
  if (nameId.length > maxNameId) throw new InvalidSaml(`the NameID is longer than ${maxNameId} characters`);
  const nameIdFormat = element.getAttributeNode('Format')?.value ?? null;
  if (wanted && nameIdFormat !== wanted)
    throw new InvalidSaml(mismatch('the Format of the NameID', nameIdFormat, wanted));
  const qualifiers = [element.getAttribute('NameQualifier') ?? '', element.getAttribute('SPNameQualifier') ?? ''];
  const isQualified = nameIdFormat === persistent && qualifiers.some((qualifier) => qualifier !== '');
  return { nameId, nameIdFormat, subject: isQualified ? JSON.stringify([...qualifiers, nameId]) : nameId };
}

/** The values that a confirmation must match. */
interface Confirming {
  acsUrl: string;
  requestId: string | null;
  now: Date;
}

/**
 * Checks that at least one bearer confirmation of the subject is valid (Profiles section 4.1.4.3). One is sufficient
 * (SAML Core section 2.4.1).
 *
 * @throws InvalidSaml with the reasons of all confirmations
 */
export function checkConfirmation(subject: Element, confirming: Confirming): void {
  const confirmations = named(subject, saml, 'SubjectConfirmation');
  const reasons = confirmations.map((one) => reasonAgainst(one, confirming));
  if (reasons.includes(null)) return;
  if (reasons.length === 0) throw new InvalidSaml('the subject has no SubjectConfirmation');
  throw new InvalidSaml(`the subject is not confirmed: ${reasons.slice(0, 3).join('; ')}`);
}

function reasonAgainst(confirmation: Element, { acsUrl, requestId, now }: Confirming): string | null {
  const method = confirmation.getAttribute('Method') ?? '';
  if (method !== bearer) return `the method "${clipped(method)}" is not bearer`;
  const [data, second] = named(confirmation, saml, 'SubjectConfirmationData');
  if (!data || second) return 'a confirmation must have exactly one SubjectConfirmationData';
  const recipient = data.getAttributeNode('Recipient')?.value ?? null;
  if (recipient !== acsUrl) return mismatch('Recipient', recipient, acsUrl);
  const answers = data.getAttributeNode('InResponseTo')?.value ?? null;
  if (answers !== requestId && requestId === null)
    return `SubjectConfirmationData has InResponseTo="${clipped(answers ?? '')}", but the response has no InResponseTo`;
  if (answers !== requestId && requestId !== null)
    return mismatch('InResponseTo of SubjectConfirmationData', answers, requestId);
  if (data.hasAttribute('NotBefore')) return 'SubjectConfirmationData must not have NotBefore';
  const ends = instant(data, 'NotOnOrAfter');
  if (ends.getTime() > now.getTime() - clockSkewMs) return null;
  return `the confirmation expired at ${ends.toISOString()}; here it is ${now.toISOString()}`;
}
