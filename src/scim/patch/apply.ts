import type { Attribute, ResourceType } from '../../attributes/definition.js';
import { type AttributePath, printPath } from '../../attributes/filter.js';
import { attributeValue } from '../../attributes/match-filter.js';
import { type Place, resolve } from '../../attributes/resolve.js';
import { PathSyntax } from '../../attributes/syntax-errors.js';
import { parsePath } from '../../attributes/value-path.js';
import { compact } from '../../directory/users/profile.js';
import { isObject, type Json } from '../../json.js';
import { coerce, put } from '../coerce.js';
import { ScimError } from '../errors.js';
import { changeElements } from './elements.js';
import type { PatchOp } from './operation.js';

/**
 * The resource after the operations, in order (RFC 7644 section 3.5.2). Pure: the resource that is passed stays as it is,
 * so on an error nothing has happened.
 *
 * @throws ScimError noTarget, mutability or invalidValue; PathSyntax; FilterSyntax
 */
export function applyPatch(type: ResourceType, resource: Json, operations: readonly PatchOp[]): Json {
  return operations.reduce((before, operation) => applyOne(type, before, operation), resource);
}

function applyOne(type: ResourceType, resource: Json, operation: PatchOp): Json {
  if (operation.path === null) return applyEach(type, resource, operation);
  const { path, filter } = parsePath(operation.path);
  const place = resolve(type, path, (name) => attributeValue(resource, name) !== undefined);
  if (!place) throw new PathSyntax(`there is no attribute "${printPath(path)}"`);
  checkTarget(place, path, resource, operation);
  if (filter) return at(resource, place, (value) => changeElements(place, value, operation, filter));
  return place.name === null
    ? onExtension(type, resource, place, operation)
    : at(resource, place, change(place, operation));
}

/** No path: the value is an object, and each of its attributes is a target of its own. */
function applyEach(type: ResourceType, resource: Json, { op, value }: PatchOp): Json {
  if (!isObject(value))
    throw new ScimError(400, 'invalidValue', 'Without a "path" the "value" must be an object of attributes.');
  return Object.entries(value).reduce((before, [key, inner]) => applyKey(type, before, op, key, inner), resource);
}

const ignored = new Set(['schemas', 'meta', 'groups', 'password']);

function applyKey(type: ResourceType, resource: Json, op: PatchOp['op'], key: string, value: unknown): Json {
  if (ignored.has(key.toLowerCase())) return resource;
  const isUrn = key.includes(':');
  const place = isUrn ? null : resolve(type, { urn: null, name: key, sub: null }, () => false);
  // Names that no schema has are kept as they came, as in a POST.
  if (!isUrn && !place) return put(resource, key, compact(value));
  if (isUrn && isObject(value)) {
    return key.toLowerCase() === type.core.id.toLowerCase()
      ? applyEach(type, resource, { op, path: null, value })
      : onExtension(
          type,
          resource,
          { urn: key, name: null, attribute: null, sub: null, subAttribute: null },
          { op, path: key, value },
        );
  }
  return applyOne(type, resource, { op, path: key, value });
}

function checkTarget(place: Place, path: AttributePath, resource: Json, { value, op }: PatchOp): void {
  const { attribute, subAttribute, sub } = place;
  if (attribute && sub !== null && !subAttribute)
    throw new PathSyntax(`"${attribute.name}" has no sub-attribute "${sub}"`);
  // Okta sends the id along with a change: the same one is no change.
  if (attribute?.name === 'id' && op !== 'remove' && value === resource.id) return;
  if (attribute?.mutability === 'readOnly' || subAttribute?.mutability === 'readOnly') {
    throw new ScimError(400, 'mutability', `"${printPath(path)}" is read-only: the server sets it.`);
  }
  if (op === 'remove' && attribute?.required && sub === null) {
    throw new ScimError(400, 'mutability', `"${attribute.name}" is required and cannot be removed.`);
  }
}

/** The whole extension: each attribute is added, or all are removed. */
function onExtension(type: ResourceType, resource: Json, { urn }: Place, { op, value }: PatchOp): Json {
  const key = urn ?? '';
  if (op === 'remove') return put(resource, key, undefined);
  if (!isObject(value))
    throw new ScimError(400, 'invalidValue', `The value of "${key}" must be an object of attributes.`);
  return Object.entries(value).reduce(
    (before, [name, inner]) => applyOne(type, before, { op, path: `${key}:${name}`, value: inner }),
    resource,
  );
}

function at(resource: Json, { urn, name }: Place, edit: (before: unknown) => unknown): Json {
  const key = name ?? '';
  if (urn === null) return put(resource, key, edit(ownValue(resource, key)));
  const before = ownValue(resource, urn);
  const extension = isObject(before) ? before : {};
  return put(resource, urn, compact(put(extension, key, edit(ownValue(extension, key)))));
}

const ownValue = (object: Json, key: string): unknown => (Object.hasOwn(object, key) ? object[key] : undefined);

function change(place: Place, operation: PatchOp): (before: unknown) => unknown {
  const { attribute, sub } = place;
  if (attribute?.returned === 'never') return () => undefined;
  if (attribute?.multiValued) return (before) => changeElements(place, before, operation, null);
  if (sub !== null) return (before) => changeSub(place, before, operation);
  return (before) => changeWhole(attribute, before, operation);
}

function changeSub({ sub, subAttribute }: Place, before: unknown, { op, value }: PatchOp): unknown {
  const object = isObject(before) ? before : {};
  const next = op === 'remove' ? undefined : subAttribute ? coerce(subAttribute, value) : compact(value);
  return compact(put(object, sub ?? '', next));
}

function changeWhole(attribute: Attribute | null, before: unknown, { op, value }: PatchOp): unknown {
  if (op === 'remove') return undefined;
  if (attribute === null) return compact(value);
  const next = coerce(attribute, value);
  if (attribute.type !== 'complex' || !isObject(value)) return next;
  // Sub-attributes that are not named stay; those that are named and empty go.
  const named = new Set(Object.keys(value).map((key) => key.toLowerCase()));
  const kept = Object.entries(isObject(before) ? before : {}).filter(([key]) => !named.has(key.toLowerCase()));
  return compact(Object.fromEntries([...kept, ...Object.entries(isObject(next) ? next : {})]));
}
