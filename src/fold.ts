/**
 * The one comparison key for names and addresses: NFC, lower case, NFC again. Idempotent over all code points, stored in
 * a column and never left to SQL's `lower()`, whose idea of "İ" differs. NFC and not NFKC: NFKC would map a thousand
 * look-alike letters onto a to z and so merge two people.
 */
export function fold(text: string): string {
  return lower(lower(text));
}

const lower = (text: string) => text.normalize('NFC').toLowerCase().normalize('NFC');

// Control, format (bidi, soft hyphen, zero width), surrogate and unassigned characters have no place in a name.
const forbidden = /[\p{Cc}\p{Cs}\p{Cn}\u00AD\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/u;

/** What is wrong with `text` as a userName or address, as the end of a sentence; null when nothing is. */
export function nameFault(text: string): string | null {
  if (text.trim() === '') return 'must not be empty';
  const tooLong = lengthFault(text);
  if (tooLong) return tooLong;
  if (forbidden.test(text)) return 'must not contain control, invisible or unassigned characters';
  return null;
}

/**
 * Returns what is wrong with the length of a text that has an index, as the end of a sentence, or null. An entry of a
 * PostgreSQL index has at most 2,704 bytes, and ids take some of them; a longer text would fail when it is saved.
 */
export function lengthFault(text: string): string | null {
  if (text.length > 1024) return 'must not be longer than 1,024 characters';
  if (bytesIn(fold(text)) > 2000 || bytesIn(text) > 2000) return 'must not be longer than 2,000 bytes in UTF-8';
  return null;
}

const bytesIn = (text: string): number => new TextEncoder().encode(text).length;

/** The full stop, and those that IDNA treats as one (RFC 3490 section 3.1). */
const dots = /[.\u3002\uff0e\uff61]/g;
const finalDot = new RegExp(`${dots.source}$`);

/** The folded domain of an address, or null when it has none. Internationalized names are compared in their ASCII form. */
export function domainOf(email: string): string | null {
  const at = email.lastIndexOf('@');
  // With white space around it, or the final dot of the root, it is the same domain (RFC 1034 section 3.1).
  return at < 0
    ? null
    : foldDomain(
        email
          .slice(at + 1)
          .trim()
          .replace(finalDot, ''),
      );
}

// A URL parser would cut a port, path, query or fragment off, decode percent signs and drop invisible characters.
const domainLetters = /^[\p{L}\p{N}\p{M}._-]+$/u;

/** A domain name in its ASCII, lower-case form; null when it is not one, also by its length (RFC 1035 section 2.3.4). */
export function foldDomain(text: string): string | null {
  const name = text.replace(dots, '.');
  if (!domainLetters.test(name)) return null;
  const host = URL.canParse(`http://${name}`) ? new URL(`http://${name}`).hostname : '';
  return host.length <= 253 && /^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})+$/.test(host) ? host : null;
}
