import { isObject, type Json } from '../../../kernel/json.js';
import type { PatchOp } from '../patch/operation.js';

const packable = /^(roles|entitlements)$/i;

/**
 * Converts roles from JSON strings to objects. Entra's AppRoleAssignmentsComplex sends a role as a JSON string in
 * `value`. Source: Microsoft's "Tutorial: customize attribute mappings", provisioning a role to a SCIM app.
 */
export function packedValues(operation: PatchOp): PatchOp[] {
  if (!packable.test(operation.path ?? '')) return [operation];
  const items = Array.isArray(operation.value) ? operation.value : [operation.value];
  const unpacked = items.map(unpack);
  return unpacked.every((item, n) => item === items[n]) ? [operation] : [{ ...operation, value: unpacked }];
}

/** Converts roles from JSON strings to objects in the body of a POST or PUT. */
export function packedValuesInBody(body: Json): Json {
  const entries = Object.entries(body).map(([key, value]): [string, unknown] => {
    if (!packable.test(key) || !Array.isArray(value)) return [key, value];
    const unpacked = value.map(unpack);
    return [key, unpacked.every((item, n) => item === value[n]) ? value : unpacked];
  });
  return entries.every(([key, value]) => body[key] === value) ? body : Object.fromEntries(entries);
}

function unpack(item: unknown): unknown {
  const text = isObject(item) ? item.value : item;
  if (typeof text !== 'string' || !text.startsWith('{')) return item;
  try {
    const { id, value, displayName, ...rest } = JSON.parse(text);
    return { ...(isObject(item) ? item : {}), ...rest, value: value ?? id, display: displayName };
  } catch {
    return item;
  }
}
