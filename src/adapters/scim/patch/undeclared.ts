import { compact } from '../../../directory/users/profile.js';
import { isObject } from '../../../kernel/json.js';
import type { Filter } from '../../../scim-model/filter.js';
import type { Place } from '../../../scim-model/resolve.js';
import { PathSyntax } from '../../../scim-model/syntax-errors.js';
import { putNamed } from '../resources/draft.js';
import { keyIn, put } from '../resources/keys.js';
import { changeElements } from './elements.js';
import type { PatchOp } from './operation.js';
import type { Change } from './work.js';

/**
 * Returns an attribute that no schema defines after one operation. Its value determines its kind: a list is
 * multi-valued, an object is complex, anything else is simple (RFC 7643 section 2.3).
 *
 * @throws PathSyntax for a filter or a sub-attribute on a value that has none; ScimError noTarget, invalidValue, 413
 *   tooMany
 */
export function changeUndeclared(change: Change, before: unknown, filter: Filter | null): unknown {
  const { place, operation, work } = change;
  const { name, sub } = place;
  const { op, value } = operation;
  const isList = Array.isArray(before);
  if (!isList) work.countObject(name ?? '', before);
  if (filter) {
    if (before !== undefined && !isList) throw new PathSyntax(`"${name}" has one value and no filter applies to it`);
    return changeElements(change, before, filter);
  }
  if (sub !== null) return isList ? changeElements(change, before, null) : changeSub(place, before, operation);
  if (op === 'remove') return isList ? changeElements(change, before, null) : undefined;
  if (op === 'add' && before !== undefined && (isList || Array.isArray(value)))
    return changeElements(change, before, null);
  if (!isObject(before) || !isObject(value)) return compact(value);
  const next = compact(value);
  return compact(putNamed(before, value, isObject(next) ? next : {}));
}

function changeSub({ name, sub }: Place, before: unknown, { op, value }: PatchOp): unknown {
  if (before !== undefined && !isObject(before)) throw new PathSyntax(`the value of "${name}" has no sub-attributes`);
  const object = before ?? {};
  return compact(put(object, keyIn(object, sub ?? ''), op === 'remove' ? undefined : compact(value)));
}
