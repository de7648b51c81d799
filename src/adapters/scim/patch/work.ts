import { isObject, type Json } from '../../../kernel/json.js';
import type { Attribute } from '../../../scim-model/definition.js';
import type { Filter } from '../../../scim-model/filter.js';
import type { Place } from '../../../scim-model/resolve.js';
import { ScimError } from '../http/errors.js';
import { Draft } from '../resources/draft.js';
import type { PatchOp } from './operation.js';
import { type ElementIndex, ElementKeys } from './same-element.js';

const maximumWork = 1_000_000;
const maximumWorkOfBulk = 2 * maximumWork;
/** Number of characters that count as one more value. */
const charactersPerValue = 64;
/** Number of values that can be read in the time in which one value is changed. */
export const valuesPerChange = 8;
/** Number of values that can be read in the time in which one new value is checked, coerced, compared and stored. */
const valuesPerNew = 24;
/** Number of values that can be read in the time in which the attribute of one path or key is found. */
const valuesPerTarget = 40;

/** Work that all PATCH operations of a bulk request may do together. */
export class BulkWork {
  left = maximumWorkOfBulk;
}

/**
 * Work that one PATCH may do, in values that its operations read, compare or change. An operation reads the complete
 * attribute that it changes, so without a limit many small operations on a long list block the process.
 *
 * It also contains what an operation can reuse from earlier operations of the same PATCH.
 */
export class PatchWork {
  #left = maximumWork;
  readonly #keys = new Map<Attribute | null, ElementKeys>();
  #indexed: { list: unknown; index: ElementIndex } | null = null;

  /** @param bulk limit of the bulk request to which the PATCH belongs */
  constructor(readonly bulk: BulkWork | null = null) {}

  #take(values: number, excess: () => string): void {
    this.#left -= values;
    if (this.bulk) this.bulk.left -= values;
    if (this.#left < 0) throw new ScimError(413, 'tooMany', excess());
    if (this.bulk && this.bulk.left < 0)
      throw new ScimError(
        413,
        'tooMany',
        'The PATCHes of this bulk request compare too many values. Split the request.',
      );
  }

  /** Counts work on the attribute. @throws ScimError 413 tooMany */
  count(name: string, values: number): void {
    this.#take(
      values,
      () => `The PATCH compares too many values, at "${name.slice(0, 100)}". Split it into several requests.`,
    );
  }

  /** Counts the change of a value that is not a list. Each change copies it. @throws ScimError 413 tooMany */
  countObject(name: string, before: unknown): void {
    this.count(name, isObject(before) ? sizeOf(before) * valuesPerChange : sizeOf(before));
  }

  /** Counts the value that an operation sends. Each of its values is coerced and stored. @throws ScimError 413 tooMany */
  countNew(name: string, value: unknown): void {
    this.count(name, sizeOf(value) * valuesPerNew);
  }

  /** Counts a path, or a key of a value without a path. @throws ScimError 413 tooMany */
  countTarget(name: string): void {
    this.count(name, valuesPerTarget);
  }

  /** Counts comparisons of members with filters. @throws ScimError 413 tooMany */
  countMembers(values: number): void {
    this.#take(
      values,
      () =>
        'The filters on "members" compare too many members. Remove members by id, with members[value eq "..."], or send fewer filters in one request.',
    );
  }

  /** Returns the keys of the attribute's elements. */
  keysOf(attribute: Attribute | null): ElementKeys {
    const keys = this.#keys.get(attribute) ?? new ElementKeys(attribute);
    this.#keys.set(attribute, keys);
    return keys;
  }

  /** Stores the index of a list, for a next operation on it. */
  keepIndex(list: readonly unknown[], index: ElementIndex): void {
    this.#indexed = { list, index };
  }

  hasIndex(list: unknown): boolean {
    return this.#indexed?.list === list;
  }

  /** Returns the stored index of the list, and removes it: the caller changes it. Null if another list is stored. */
  takeIndex(list: readonly unknown[]): ElementIndex | null {
    if (!this.hasIndex(list)) return null;
    const index = this.#indexed?.index ?? null;
    this.#indexed = null;
    return index;
  }
}

/** Operation on one attribute, and the work that the PATCH may still do. */
export interface Change {
  place: Place;
  operation: PatchOp;
  work: PatchWork;
}

/** Draft of a resource, and the work that its operations may still do. */
export class PatchDraft extends Draft {
  constructor(
    resource: Json,
    readonly work: PatchWork,
  ) {
    super(resource);
  }
}

/** Returns the number of values at any depth. Long texts and long names count as several values. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return 1 + Math.floor(value.length / charactersPerValue);
  let size = 1;
  if (Array.isArray(value)) for (const item of value) size += sizeOf(item);
  else if (isObject(value))
    for (const key of Object.keys(value)) size += Math.floor(key.length / charactersPerValue) + sizeOf(value[key]);
  return size;
}

/** Returns the number of comparisons in a filter. */
export function comparisonsIn(filter: Filter): number {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return comparisonsIn(filter.left) + comparisonsIn(filter.right);
    case 'not':
      return comparisonsIn(filter.filter);
    default:
      return 1;
  }
}
