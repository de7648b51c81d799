import type { PatchOp } from '../patch/operation.js';
import type { Note } from './index.js';

/**
 * Marks a remove that lists values of a multi-valued attribute: these are removed, and no others. RFC 7644 section 3.5.2.2
 * gives `value` no meaning in a remove, so read strictly the operation would remove every value, such as every role.
 * Members have `removeMembersByValue`.
 */
export function removeValuesByValue(operation: PatchOp, note: Note): PatchOp[] {
  const { op, value } = operation;
  if (op !== 'remove' || value === undefined) return [operation];
  return [{ ...operation, onValue: () => note('removeValuesByValue') }];
}
