/** Returns the beginning of an external text for a reason, without an unpaired surrogate at its end. */
export const clipped = (text: string, length = 200): string =>
  text.length <= length ? text : `${text.slice(0, length).replace(/\p{Surrogate}$/u, '')}...`;

/** Describes a value that differs from the expected one, including white space around it. */
export function mismatch(name: string, actual: string | null, expected: string): string {
  if (actual === null) return `${name} is missing; it must be "${expected}"`;
  const isPadded = actual !== expected && actual.trim() === expected;
  const padded = isPadded
    ? ', with leading or trailing white space, which is significant (SAML Core section 1.3.1)'
    : '';
  return `${name} is "${clipped(actual)}"${padded}; it must be "${expected}"`;
}
