import { compact } from '../../../directory/users/profile.js';
import { isObject, type Json } from '../../../kernel/json.js';
import {
  type Attribute,
  attributeIn,
  extensionIn,
  type ResourceType,
  topLevel,
} from '../../../scim-model/definition.js';
import type { Filter } from '../../../scim-model/filter.js';
import { foreignUrn } from '../../../scim-model/foreign-urn.js';
import { listOf } from '../../../scim-model/match-filter.js';
import { type Place, resolve } from '../../../scim-model/resolve.js';
import { PathSyntax } from '../../../scim-model/syntax-errors.js';
import { parsePath } from '../../../scim-model/value-path.js';
import { ScimError } from '../http/errors.js';
import { isPathBelow, isPathKey } from '../resources/body-keys.js';
import { coerce } from '../resources/coerce.js';
import { putNamed } from '../resources/draft.js';
import { put } from '../resources/keys.js';
import { placeOfKey } from '../resources/qualified-key.js';
import { idIn, isReference } from '../resources/references.js';
import { checkSchemas } from '../resources/schemas.js';
import { hasNoValue } from '../resources/values.js';
import { checkTarget, isIgnored } from './check-target.js';
import { changeElements } from './elements.js';
import type { PatchOp } from './operation.js';
import { changeUndeclared } from './undeclared.js';
import { type Change, PatchDraft, PatchWork } from './work.js';

/**
 * Returns the resource after the operations, in order (RFC 7644 section 3.5.2). The function is pure: the passed
 * resource stays unchanged, also if an operation fails. Attributes that no operation addresses stay unchanged.
 *
 * @param work limit that this call shares with other calls of the same PATCH
 * @throws ScimError noTarget, mutability or invalidValue, 413 tooMany; PathSyntax; FilterSyntax
 */
export function applyPatch(
  type: ResourceType,
  resource: Json,
  operations: readonly PatchOp[],
  work = new PatchWork(),
): Json {
  const draft = new PatchDraft(resource, work);
  for (const operation of operations) applyOne(type, draft, operation);
  checkElements(type, draft);
  return draft.toJson();
}

/** Rejects elements without a value, such as a created element that has only a type. */
function checkElements(type: ResourceType, draft: PatchDraft): void {
  for (const attribute of topLevel(type)) {
    if (attribute.multiValued && listOf(draft.get(attribute.name)).some((item) => hasNoValue(attribute, item)))
      throw new ScimError(400, 'noTarget', `A value of "${attribute.name}" must have more than a type.`);
  }
}

function applyOne(type: ResourceType, draft: PatchDraft, operation: PatchOp): void {
  draft.work.countNew(operation.path ?? 'value', operation.value);
  if (operation.path === null) {
    applyEach(type, draft, operation);
    return;
  }
  draft.work.countTarget(operation.path);
  const { path, filter } = parsePath(operation.path);
  const place = resolve(type, path, (name) => draft.has(name), draft.urns);
  if (!place) throw new PathSyntax(`"${operation.path.slice(0, 100)}" is not an attribute of a ${type.name}`);
  if (place.assumed && isObject(operation.value) && operation.op !== 'remove')
    throw new PathSyntax(
      `the end of the URN "${operation.path.slice(0, 100)}" is ambiguous; send the extension in "value", without a path`,
    );
  applyAt(type, draft, { place, filter }, operation);
}

/** Applies an operation without a path: each attribute in the value is a separate target. */
function applyEach(type: ResourceType, draft: PatchDraft, { op, value }: PatchOp): void {
  if (!isObject(value))
    throw new ScimError(400, 'invalidValue', 'Without a "path" the "value" must be an object of attributes.');
  for (const [key, inner] of Object.entries(value)) {
    draft.work.countTarget(key);
    const place = placeIn(type, draft, key, inner);
    if (!isIgnored(place)) applyAt(type, draft, { place, filter: null }, { op, path: key, value: inner });
  }
}

/**
 * Returns the place of a key in a value without a path. A name that no schema defines is a custom attribute, as in a
 * POST.
 */
function placeIn(type: ResourceType, draft: PatchDraft, key: string, value: unknown): Place {
  const foreign = foreignUrn(type, key);
  if (foreign !== null) throw new PathSyntax(`a ${type.name} has no attributes of the schema "${foreign}"`);
  if (isPathKey(type, key)) throw pathAsKey(key);
  if (key.includes(':')) {
    const place = placeOfKey(type, key, value, draft.urns);
    if (place) return place;
    throw new PathSyntax(`"${key.slice(0, 100)}" is not an attribute`);
  }
  const known = resolve(type, { urn: null, name: key, sub: null }, () => false);
  if (known) return known;
  return { urn: null, name: key, attribute: null, sub: null, subAttribute: null };
}

const pathAsKey = (key: string) =>
  new PathSyntax(`"${key.slice(0, 100)}" is a path; send it as the "path" of an operation`);

/** Target of an operation. */
interface Target {
  place: Place;
  filter: Filter | null;
}

function applyAt(type: ResourceType, draft: PatchDraft, { place, filter }: Target, operation: PatchOp): void {
  checkTarget(place, filter, draft.get('id'), operation);
  if (place.name === null) {
    onSchema(type, draft, place.urn ?? '', operation);
    return;
  }
  if (place.attribute?.name === 'schemas' && place.urn === null) {
    // The server derives `schemas` from the attributes. A value that contradicts the resource type is rejected.
    if (operation.op === 'replace') checkSchemas(type, { schemas: operation.value });
    return;
  }
  const { work } = draft;
  const holder = place.urn === null ? draft : draft.below(place.urn);
  const key = holder.keyOf(place.name);
  const after = change({ place, operation, work }, holder.get(key), filter);
  holder.set(place.attribute?.name ?? key, after);
}

/** Applies an operation to a whole schema: each attribute in the value is a target, or all attributes are removed. */
function onSchema(type: ResourceType, draft: PatchDraft, urn: string, operation: PatchOp): void {
  const { op, value } = operation;
  if (urn === type.core.id) {
    if (op === 'remove')
      throw new ScimError(400, 'mutability', 'The core schema cannot be removed. Remove its attributes one by one.');
    applyEach(type, draft, { op, path: null, value });
    return;
  }
  if (op === 'remove') {
    draft.set(urn, undefined);
    return;
  }
  if (!isObject(value)) {
    // Unassigned value (RFC 7643 section 2.5): a replace removes the extension, and an add has no effect.
    if (compact(value) !== undefined)
      throw new ScimError(400, 'invalidValue', `The value of "${urn}" must be an object of attributes.`);
    if (op === 'replace') draft.set(urn, undefined);
    return;
  }
  const attributes = extensionIn(type, urn)?.attributes ?? [];
  for (const [name, inner] of Object.entries(value)) {
    draft.work.countTarget(name);
    const place = placeBelow(urn, attributes, name);
    applyAt(type, draft, { place, filter: null }, { op, path: `${urn}:${name}`, value: inner });
  }
}

/**
 * Returns the place of a key in the value of an extension: an attribute, or one of its sub-attributes
 * (`manager.value`), which Entra sends.
 */
function placeBelow(urn: string, attributes: readonly Attribute[], key: string): Place {
  const attribute = attributeIn(attributes, key);
  if (attribute) return { urn, name: attribute.name, attribute, sub: null, subAttribute: null };
  const [name = '', sub, more] = key.split('.');
  const parent = sub === undefined || more !== undefined ? undefined : attributeIn(attributes, name);
  const subAttribute = sub === undefined ? undefined : attributeIn(parent?.subAttributes ?? [], sub);
  if (parent && subAttribute)
    return { urn, name: parent.name, attribute: parent, sub: subAttribute.name, subAttribute };
  if (isPathBelow(attributes, key)) throw pathAsKey(key);
  return { urn, name: key, attribute: null, sub: null, subAttribute: null };
}

function change(all: Change, before: unknown, filter: Filter | null): unknown {
  const { place, operation, work } = all;
  const { attribute, sub } = place;
  if (attribute === null) return changeUndeclared(all, before, filter);
  if (attribute.returned === 'never') return undefined;
  if (attribute.multiValued) return changeElements(all, before, filter);
  work.countObject(attribute.name, before);
  if (sub !== null) return changeSub(place, before, operation);
  return changeWhole(attribute, before, operation);
}

function changeSub({ attribute, sub, subAttribute }: Place, before: unknown, { op, value }: PatchOp): unknown {
  const object = isObject(before) ? before : {};
  if (sub === '$ref' && isReference(attribute?.subAttributes ?? [])) {
    const uri = op === 'remove' || !subAttribute ? undefined : coerce(subAttribute, value);
    if (typeof uri === 'string') return { ...object, value: idIn(uri) };
    const detail = `"${attribute?.name}.$ref" is made from "${attribute?.name}.value". Remove or change that.`;
    throw new ScimError(400, 'mutability', detail);
  }
  const next = op === 'remove' ? undefined : subAttribute ? coerce(subAttribute, value) : compact(value);
  return compact(put(object, sub ?? '', next));
}

function changeWhole(attribute: Attribute, before: unknown, { op, value }: PatchOp): unknown {
  if (op === 'remove') return undefined;
  const next = coerce(attribute, value);
  if (attribute.type !== 'complex') return next;
  if (next === undefined && !isObject(value)) return op === 'replace' ? undefined : before;
  const given = Array.isArray(value) ? value[0] : value;
  if (!isObject(given)) return next;
  // Sub-attributes that the value does not contain stay unchanged; empty ones are removed.
  return compact(putNamed(isObject(before) ? before : {}, given, isObject(next) ? next : {}));
}
