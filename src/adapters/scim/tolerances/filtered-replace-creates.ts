import type { PatchOp } from '../patch/operation.js';
import type { Note } from './tolerance.js';

/**
 * Allows a replace with a filter to create a value. Entra replaces `emails[type eq "work"].value` even if no work email
 * exists. RFC 7644 section 3.5.2.3 requires noTarget; Entra expects that the email is created. Source: Microsoft's SCIM
 * guide, "Update user [Multi-valued properties]".
 */
export function filteredReplaceCreates(operation: PatchOp, note: Note): PatchOp[] {
  if (operation.op === 'remove' || !operation.path?.includes('[')) return [operation];
  return [{ ...operation, onMissing: () => note('filteredReplaceCreates') }];
}
