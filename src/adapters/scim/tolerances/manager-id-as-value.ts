import { isObject, type Json } from '../../../kernel/json.js';
import { enterpriseUrn } from '../../../scim-model/enterprise-schema.js';
import { put } from '../resources/keys.js';

/**
 * Converts the manager from the format of SCIM 1.1 in OneLogin's template: `{"managerId": "...", "displayName":
 * "..."}`. The id becomes the `value` of RFC 7643 section 4.3. Source: OneLogin's SCIM JSON template, as customers
 * publish it.
 */
export function managerIdAsValue(body: Json): Json {
  const extension = body[enterpriseUrn];
  const manager = isObject(extension) ? extension.manager : undefined;
  if (!isObject(extension) || !isObject(manager) || manager.managerId === undefined) return body;
  const { managerId, displayName: _theirs, ...rest } = manager;
  return put(body, enterpriseUrn, { ...extension, manager: { ...rest, value: managerId } });
}
