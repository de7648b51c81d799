import { isObject } from '../../json.js';
import type { PatchOp } from '../patch/operation.js';

const members = /^(urn:ietf:params:scim:schemas:core:2\.0:Group:)?members$/i;

/**
 * Some IdPs remove members by listing them in `value`. RFC 7644 section 3.5.2.2 gives `value` no meaning in a remove, so
 * read strictly the operation would empty the group. Rewritten to one filtered remove a member. Source: Microsoft's
 * "SCIM 2.0 protocol compliance" page; authentik and JumpCloud send the same.
 */
export function removeMembersByValue(operation: PatchOp): PatchOp[] {
  const ids = idsIn(operation.value);
  if (operation.op !== 'remove' || !members.test(operation.path ?? '') || ids.length === 0) return [operation];
  return ids.map((id) => ({ op: 'remove', path: `members[value eq ${JSON.stringify(id)}]`, value: undefined }));
}

function idsIn(value: unknown): string[] {
  const items = Array.isArray(value) ? value : [value];
  return items.flatMap((item) => {
    const id = isObject(item) ? item.value : item;
    return typeof id === 'string' ? [id] : [];
  });
}
