/**
 * Returns the comparison key of a name or address: NFC, lower case, NFC again. It is idempotent over all code points.
 * The key is stored in a column, because SQL's `lower()` handles "İ" differently. NFKC is not used: it would map a
 * thousand similar letters to a to z, and so merge two users.
 */
export function fold(text: string): string {
  // ASCII is already in NFC, and normalization is the larger part of the cost.
  return beyondAscii.test(text) ? lower(lower(text)) : text.toLowerCase();
}

const beyondAscii = /[^ -~]/;

const lower = (text: string) => text.normalize('NFC').toLowerCase().normalize('NFC');

// Control, format (bidi, soft hyphen, zero width), surrogate and unassigned characters are not allowed in a name.
const forbidden = /[\p{Cc}\p{Cs}\p{Cn}\u00AD\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/u;

/** Returns why `text` is invalid as a userName or address, as the end of a sentence; null if it is valid. */
export function nameFault(text: string): string | null {
  if (text.trim() === '') return 'must not be empty';
  const tooLong = lengthFault(text);
  if (tooLong) return tooLong;
  if (forbidden.test(text)) return 'must not contain control, invisible or unassigned characters';
  return null;
}

/**
 * Returns why the length of an indexed text is invalid, as the end of a sentence; null if it is valid. An entry of a
 * PostgreSQL index has at most 2,704 bytes, and ids take some of them; a longer text would fail when it is saved.
 */
export function lengthFault(text: string): string | null {
  if (text.length > 1024) return 'must not be longer than 1,024 characters';
  if (bytesIn(fold(text)) > 2000 || bytesIn(text) > 2000) return 'must not be longer than 2,000 bytes in UTF-8';
  return null;
}

const bytesIn = (text: string): number => new TextEncoder().encode(text).length;

/** The full stop, and the characters that IDNA treats as one (RFC 3490 section 3.1). */
const dots = /[.\u3002\uff0e\uff61]/g;
const finalDot = new RegExp(`${dots.source}$`);

/** Returns the folded domain of an address, or null if it has none. Internationalized names are in their ASCII form. */
export function domainOf(email: string): string | null {
  const at = email.lastIndexOf('@');
  // Surrounding white space and the final dot of the root do not change the domain (RFC 1034 section 3.1).
  return at < 0
    ? null
    : foldDomain(
        email
          .slice(at + 1)
          .trim()
          .replace(finalDot, ''),
      );
}

// A URL parser would remove a port, path, query or fragment, decode percent-encoding and drop invisible characters.
const domainLetters = /^[\p{L}\p{N}\p{M}._-]+$/u;

/**
 * Returns a domain name in its ASCII, lower-case form; null if it is invalid, also if it is too long (RFC 1035 section
 * 2.3.4).
 */
export function foldDomain(text: string): string | null {
  const name = text.replace(dots, '.');
  if (!domainLetters.test(name)) return null;
  const host = URL.canParse(`http://${name}`) ? new URL(`http://${name}`).hostname : '';
  return host.length <= 253 && /^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})+$/.test(host) ? host : null;
}
