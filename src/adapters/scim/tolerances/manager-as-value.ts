import { isObject } from '../../../kernel/json.js';
import { attributeValue } from '../../../scim-model/match-filter.js';
import type { PatchOp } from '../patch/operation.js';

const manager = /^(urn:ietf:params:scim:schemas:extension:enterprise:2\.0:User[:.])?manager(\.value)?$/i;

const isId = (id: unknown) => id !== '' && id !== null && id !== undefined;

/**
 * Converts the manager to the object of RFC 7643 section 4.3. Entra sends it as a simple id, as an array with one
 * object, or as an empty string to remove it. Source: Microsoft's SCIM guide; wso2/product-is issue 11678 has the
 * array.
 */
export function managerAsValue(operation: PatchOp): PatchOp[] {
  if (operation.op === 'remove' || !manager.test(operation.path ?? '')) return [operation];
  const path = operation.path?.replace(/\.value$/i, '') ?? null;
  const value = Array.isArray(operation.value) ? operation.value[0] : operation.value;
  const id = isObject(value) ? attributeValue(value, 'value') : value;
  if (isObject(value) && (id === undefined || (value === operation.value && isId(id)))) return [operation];
  if (isId(id)) return [{ ...operation, path, value: { value: id } }];
  return operation.op === 'add' ? [operation] : [{ op: 'remove', path, value: undefined }];
}
