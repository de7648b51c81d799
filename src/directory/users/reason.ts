import { BadInput } from '../../kernel/errors.js';

const longest = 1_000;

/**
 * Returns the reason of a change without surrounding white space. Events contain it, one for each changed user.
 *
 * @throws BadInput if it is longer than 1,000 characters
 */
export function checkedReason(reason: string): string {
  const text = reason.trim();
  if (text.length > longest)
    throw new BadInput(`"reason" can have at most ${longest} characters; this one has ${text.length}.`);
  return text;
}

/** Returns the reason of a change that requires one. @throws BadInput if it is empty or too long */
export function requiredReason(reason: string, use: string): string {
  const text = checkedReason(reason);
  if (text === '') throw new BadInput(`"reason" must not be empty. ${use}`);
  return text;
}
