/**
 * Returns true if a JSON number keeps its value when it is stored as a double (RFC 8259 section 6).
 *
 * An integer must keep each digit. A number with a fraction or an exponent can have up to 17 significant digits,
 * because programs print doubles with that many and every reader parses the same double; with more digits, its value
 * must be exactly that of the double. Below 2^-1022 a double has fewer digits, and the given digits must be among them.
 */
export function isExactNumber(text: string): boolean {
  if (shortInteger.test(text)) return true;
  const number = Number(text);
  if (!Number.isFinite(number)) return false;
  const given = decimalOf(text);
  if (given.digits === '') return true;
  if (number === 0) return false;
  const isInteger = !/[.eE]/.test(text);
  const isShort = !isInteger && given.digits.length <= 17;
  const isDenormal = Math.abs(number) < smallestNormal;
  if (isShort && !isDenormal) return true;
  const kept = decimalOf(isShort ? number.toExponential(given.digits.length - 1) : String(number));
  return kept.digits === given.digits && kept.exponent === given.exponent;
}

const smallestNormal = 2 ** -1022;

const shortInteger = /^-?\d{1,15}$/;

/** Returns the significant digits of a number, and the exponent of the last digit. */
function decimalOf(text: string): { digits: string; exponent: number } {
  const [mantissa = '', power = '0'] = text.replace(/^-/, '').toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const all = whole + fraction;
  let start = 0;
  while (all[start] === '0') start++;
  let end = all.length;
  while (end > start && all[end - 1] === '0') end--;
  return { digits: all.slice(start, end), exponent: Number(power) - fraction.length + (all.length - end) };
}
