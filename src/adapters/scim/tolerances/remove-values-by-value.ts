import type { PatchOp } from '../patch/operation.js';
import type { Note } from './tolerance.js';

/**
 * Marks a remove that lists values of a multi-valued attribute, so that only the listed values are removed. RFC 7644
 * section 3.5.2.2 gives `value` no meaning in a remove, so by the RFC the operation would remove all values, such as
 * all roles. For members see `removeMembersByValue`.
 */
export function removeValuesByValue(operation: PatchOp, note: Note): PatchOp[] {
  const { op, value } = operation;
  if (op !== 'remove' || value === undefined) return [operation];
  return [{ ...operation, onValue: () => note('removeValuesByValue') }];
}
