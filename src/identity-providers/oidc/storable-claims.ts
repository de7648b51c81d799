/** The claims cannot be stored. The message names the claim. */
export class InvalidClaims extends Error {}

const maxDepth = 32;
const maxValues = 20_000;

/**
 * Checks that the claims can be stored and passed on. They must have no NUL and no unpaired surrogate in a text or name
 * (RFC 8259 section 8.2), only finite numbers, and limited nesting.
 *
 * @throws InvalidClaims
 */
export function checkStorableClaims(claims: Readonly<Record<string, unknown>>): void {
  const pending = Object.entries(claims).map(([claim, value]) => ({ claim, value, depth: 1 }));
  for (const { claim } of pending) checkText(claim, claim);
  let values = 0;
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { claim, value, depth } = next;
    values += 1;
    if (values > maxValues) throw new InvalidClaims(`the claims have more than ${maxValues} values`);
    if (depth > maxDepth) throw new InvalidClaims(`the claim "${shown(claim)}" is nested too deeply`);
    if (typeof value === 'string') checkText(claim, value);
    if (typeof value === 'number' && !Number.isFinite(value))
      throw new InvalidClaims(`the claim "${shown(claim)}" is not a finite number`);
    if (typeof value !== 'object' || value === null) continue;
    for (const [name, inner] of Object.entries(value)) {
      checkText(claim, name);
      pending.push({ claim, value: inner, depth: depth + 1 });
    }
  }
}

function checkText(claim: string, text: string): void {
  if (text.includes('\0') || /\p{Surrogate}/u.test(text))
    throw new InvalidClaims(`the claim "${shown(claim)}" has a NUL or half of a surrogate pair`);
}

const shown = (claim: string): string => claim.slice(0, 100).replace(/[\p{Surrogate}\p{Cc}]/gu, '?');
