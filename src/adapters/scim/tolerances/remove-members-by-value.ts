import { checkNumber } from '../../../directory/groups/known-members.js';
import { isObject } from '../../../kernel/json.js';
import { attributeValue } from '../../../scim-model/match-filter.js';
import type { PatchOp } from '../patch/operation.js';

const members = /^(urn:ietf:params:scim:schemas:core:2\.0:Group[:.])?members$/i;

/**
 * Rewrites a remove that lists members in `value` to one filtered remove per member. RFC 7644 section 3.5.2.2 gives
 * `value` no meaning in a remove, so by the RFC the operation would remove all members. Source: Microsoft's "SCIM 2.0
 * protocol compliance" page; authentik and JumpCloud send the same.
 *
 * @throws BadInput for too many members
 */
export function removeMembersByValue(operation: PatchOp): PatchOp[] {
  if (operation.op !== 'remove' || !members.test(operation.path ?? '')) return [operation];
  const ids = idsIn(operation.value);
  if (ids === null) return [operation];
  return ids.map((id) => ({ op: 'remove', path: `members[value eq ${JSON.stringify(id)}]`, value: undefined }));
}

/** Returns the listed ids; null if the list is empty or a member in it has no id. */
function idsIn(value: unknown): string[] | null {
  const items = Array.isArray(value) ? value : [value];
  checkNumber(items.length, 'userIds');
  const ids = items.map((item) => (isObject(item) ? attributeValue(item, 'value') : item));
  return ids.length > 0 && ids.every((id) => typeof id === 'string' && id !== '') ? ids.map(String) : null;
}
