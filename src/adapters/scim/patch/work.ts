import { isObject, type Json } from '../../../kernel/json.js';
import type { Filter } from '../../../scim-model/filter.js';
import { listOf } from '../../../scim-model/match-filter.js';
import { ScimError } from '../http/errors.js';
import { Draft } from '../resources/draft.js';
import type { PatchOp } from './operation.js';

const maximumWork = 1_000_000;

/**
 * Work that one PATCH may do, in values that its operations read or compare. An operation reads the complete attribute
 * that it changes, so without a limit many small operations on a long list block the process.
 */
export class PatchWork {
  #left = maximumWork;

  /** Counts an operation on the value `before` of the attribute. @throws ScimError 413 tooMany */
  count(name: string, before: unknown, { op, value, onValue }: PatchOp, filter: Filter | null): void {
    const listed = op === 'remove' && onValue ? listOf(value).length : 0;
    this.#left -= valuesIn(before) * (1 + listed + (filter ? comparisonsIn(filter) : 0));
    if (this.#left >= 0) return;
    const detail = `The operations on "${name.slice(0, 100)}" compare too many values. Send fewer at a time.`;
    throw new ScimError(413, 'tooMany', detail);
  }
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

/** Returns the number of values at any depth. */
function valuesIn(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + valuesIn(item), 0);
  if (isObject(value)) return Object.values(value).reduce<number>((sum, item) => sum + valuesIn(item), 1);
  return 1;
}

function comparisonsIn(filter: Filter): number {
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
