import { BadInput } from '../../../errors.js';
import { foldDomain } from '../../../fold.js';

/** Longest address (RFC 5321 section 4.5.3.1.3, without the angle brackets). */
const maximumLength = 254;
const localPart = /^(?:"(?:[^"\\]|\\.)+"|[^\s"@<>(),;:\\[\]]+)$/u;
const domainCharacters = /^[^\s/:?#@\\[\]<>(),;"]+$/u;

/** Returns true if the text is a mailbox of RFC 5321 section 4.1.2; internationalized ones (RFC 6531) are included. */
export function isEmailAddress(text: string): boolean {
  const at = text.lastIndexOf('@');
  const domain = text.slice(at + 1);
  const isDomain = domainCharacters.test(domain) && (foldDomain(domain) !== null || /^[a-z0-9-]+$/i.test(domain));
  return at > 0 && text.length <= maximumLength && localPart.test(text.slice(0, at)) && isDomain;
}

/** An address of a row that is not an email address. */
export class BadEmailAddress extends BadInput {
  constructor(value: string) {
    super(`"emails" must contain addresses such as name@example.com. "${value}" is not one.`);
  }
}
