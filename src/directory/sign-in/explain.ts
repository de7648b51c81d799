import type { Decision } from './decide.js';
import { adviceOf } from './reasons.js';
import { rowName } from './rows.js';

/**
 * Returns the decision as a sentence for an administrator. For a denial it contains the cause and the missing steps.
 */
export function explain(
  decision: Decision,
  why: string | null = null,
): { allowed: boolean; code: string; explanation: string } {
  if (decision.kind === 'deny') {
    const { code, row, advice } = decision;
    return {
      allowed: false,
      code,
      explanation: `Row ${rowName(row)}: ${adviceOf(code, why ?? decision.why ?? null, advice)}`,
    };
  }
  const words = {
    signIn: 'The subject is known. The user is signed in.',
    link: 'The account matches and is linked to the subject. Its previous sessions end, and the user is signed in.',
    reactivate: 'The account was closed because it was unused. It is reactivated, and the user is signed in.',
    accept: 'The invitation is accepted, and the user is signed in.',
    provision: 'No account matches. An account is created, and the user is signed in.',
  };
  return { allowed: true, code: decision.row, explanation: `Row ${rowName(decision.row)}: ${words[decision.kind]}` };
}
