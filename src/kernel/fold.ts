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
