import { BadInput } from '../../kernel/errors.js';
import { foldDomain } from '../../kernel/fold.js';

/** Maximum length of an address (RFC 5321 section 4.5.3.1.3, without the angle brackets). */
const maximumLength = 254;
const localPart = /^(?:"(?:[^"\\]|\\.)+"|[^\s"@<>(),;:\\[\]]+)$/u;
const domainCharacters = /^[^\s/:?#@\\[\]<>(),;"]+$/u;

/**
 * Returns true if the text is a mailbox of RFC 5321 section 4.1.2. Internationalized addresses (RFC 6531) are included.
 */
export function isEmailAddress(text: string): boolean {
  const at = text.lastIndexOf('@');
  const domain = text.slice(at + 1);
  const isDomain = domainCharacters.test(domain) && (foldDomain(domain) !== null || /^[a-z0-9-]+$/i.test(domain));
  return at > 0 && text.length <= maximumLength && localPart.test(text.slice(0, at)) && isDomain;
}

/**
 * Checks email addresses from an application or an import file. Addresses that the user already has are accepted
 * unchanged: IdPs send malformed ones by SCIM, and a caller must be able to write back what it has read.
 *
 * @throws BadInput that names the first malformed address
 */
export function checkEmailAddresses(
  given: readonly Address[] | null | undefined,
  known: readonly Address[] = [],
): void {
  const isKnown = ({ value }: Address) => known.some((address) => address.value === value);
  const wrong = given?.find((address) => !isEmailAddress(address.value) && !isKnown(address));
  if (wrong)
    throw new BadInput(`"emails" must contain addresses such as name@example.com, not "${wrong.value.slice(0, 300)}".`);
}

type Address = { value: string };
