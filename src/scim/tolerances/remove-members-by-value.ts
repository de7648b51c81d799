import { attributeValue } from '../../attributes/match-filter.js';
import { isObject } from '../../json.js';
import type { PatchOp } from '../patch/operation.js';

const members = /^(urn:ietf:params:scim:schemas:core:2\.0:Group[:.])?members$/i;

/**
 * Some IdPs remove members by listing them in `value`. RFC 7644 section 3.5.2.2 gives `value` no meaning in a remove, so
 * read strictly the operation would empty the group. Rewritten to one filtered remove a member. Source: Microsoft's
 * "SCIM 2.0 protocol compliance" page; authentik and JumpCloud send the same.
 */
export function removeMembersByValue(operation: PatchOp): PatchOp[] {
  if (operation.op !== 'remove' || !members.test(operation.path ?? '')) return [operation];
  const ids = idsIn(operation.value);
  if (ids === null) return [operation];
  return ids.map((id) => ({ op: 'remove', path: `members[value eq ${JSON.stringify(id)}]`, value: undefined }));
}

/** Returns the ids that are listed; null if none is, or if a member in the list has none. */
function idsIn(value: unknown): string[] | null {
  const items = Array.isArray(value) ? value : [value];
  const ids = items.map((item) => (isObject(item) ? attributeValue(item, 'value') : item));
  return ids.length > 0 && ids.every((id) => typeof id === 'string' && id !== '') ? ids.map(String) : null;
}
