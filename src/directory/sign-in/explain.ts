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
    signIn: 'The subject is known; the person is signed in.',
    link: 'The account is matched and linked to the subject; sessions from before end; the person is signed in.',
    reactivate: 'The account was closed for being unused; it is opened again and the person is signed in.',
    accept: 'The invitation is accepted and the person is signed in.',
    provision: 'Nobody matches; an account is created and the person is signed in.',
  };
  return { allowed: true, code: decision.row, explanation: `Row ${rowName(decision.row)}: ${words[decision.kind]}` };
}
