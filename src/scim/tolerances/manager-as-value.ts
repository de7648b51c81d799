import { isObject } from '../../json.js';
import type { PatchOp } from '../patch/operation.js';

const manager = /^(urn:ietf:params:scim:schemas:extension:enterprise:2\.0:User:)?manager(\.value)?$/i;

/**
 * Entra sends the manager as a bare id, as an array of one object, or as an empty string that clears it. Rewritten to the
 * object of RFC 7643 section 4.3. Source: Microsoft's SCIM guide; wso2/product-is issue 11678 has the array.
 */
export function managerAsValue(operation: PatchOp): PatchOp[] {
  if (operation.op === 'remove' || !manager.test(operation.path ?? '')) return [operation];
  const isLawful =
    isObject(operation.value) && typeof operation.value.value === 'string' && operation.value.value !== '';
  if (isLawful) return [operation];
  const path = operation.path?.replace(/\.value$/i, '') ?? null;
  const value = Array.isArray(operation.value) ? operation.value[0] : operation.value;
  const id = isObject(value) ? value.value : value;
  if (id === '' || id === null || id === undefined) return [{ op: 'remove', path, value: undefined }];
  return [{ ...operation, path, value: { value: id } }];
}
