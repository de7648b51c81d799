import type { PatchOp } from '../patch/operation.js';
import type { Note } from './index.js';

/**
 * Entra replaces `emails[type eq "work"].value` whether a work e-mail exists or not. RFC 7644 section 3.5.2.3 answers
 * noTarget; Entra means: make one. Source: Microsoft's SCIM guide, "Update user [Multi-valued properties]".
 */
export function filteredReplaceCreates(operation: PatchOp, note: Note): PatchOp[] {
  if (operation.op === 'remove' || !operation.path?.includes('[')) return [operation];
  return [{ ...operation, onMissing: () => note('filteredReplaceCreates') }];
}
