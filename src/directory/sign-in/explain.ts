import type { Decision } from './decide.js';
import { denials } from './denials.js';

/** The decision in a sentence for an administrator. */
export function explain(decision: Decision): { allowed: boolean; code: string; explanation: string } {
  if (decision.kind === 'deny') {
    return { allowed: false, code: decision.code, explanation: `Row ${decision.row}: ${denials[decision.code]}` };
  }
  const words = {
    signIn: 'The subject is known; the person is signed in.',
    link: 'The account is matched and linked to the subject; sessions from before end; the person is signed in.',
    reactivate: 'The account was closed for being unused; it is opened again and the person is signed in.',
    accept: 'The invitation is accepted and the person is signed in.',
    provision: 'Nobody matches; an account is created and the person is signed in.',
  };
  return { allowed: true, code: decision.row, explanation: `Row ${decision.row}: ${words[decision.kind]}` };
}
