import { BadInput } from '../kernel/errors.js';
import { codeOf } from './error-code.js';

/**
 * Returns the error for a string that PostgreSQL cannot store although JSON allows it. The string is input of the
 * caller.
 */
export const noText = () =>
  new BadInput('A name or value has a NUL or half a surrogate pair in it, which is no text.', null);

/** Returns true for a text, or a list with a text, that contains half of a surrogate pair. */
export function isBroken(value: unknown): boolean {
  if (typeof value === 'string') return !value.isWellFormed();
  return Array.isArray(value) && value.some(isBroken);
}

/** Returns true for the error of PostgreSQL about a string that it cannot store. */
export function isNoText(error: unknown): boolean {
  const code = codeOf(error);
  const isJson = error instanceof Error && / type json/.test(error.message);
  return code === '22P05' || code === '22021' || (code === '22P02' && isJson);
}
