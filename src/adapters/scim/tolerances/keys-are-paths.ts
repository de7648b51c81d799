import { isObject } from '../../../kernel/json.js';
import type { PatchOp } from '../patch/operation.js';

/**
 * Converts keys that are paths. Without a path, Entra writes paths as keys: `name.givenName`, `emails[type eq
 * "work"].value`, URNs with attributes. Each such key becomes a separate operation; the others stay together. Source:
 * Microsoft's "SCIM 2.0 protocol compliance" page, flag aadOptscim062020.
 */
export function keysArePaths(operation: PatchOp): PatchOp[] {
  const { op, path, value } = operation;
  if (path !== null || !isObject(value)) return [operation];
  const isPath = ([key, inner]: [string, unknown]) =>
    key.includes('[') || (key.startsWith('urn:') ? !isObject(inner) : key.includes('.'));
  const entries = Object.entries(value);
  const paths = entries.filter(isPath).map(([key, inner]): PatchOp => ({ op, path: key, value: inner }));
  if (paths.length === 0) return [operation];
  const rest = entries.filter((entry) => !isPath(entry));
  return [...(rest.length > 0 ? [{ ...operation, value: Object.fromEntries(rest) }] : []), ...paths];
}
