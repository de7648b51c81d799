import type { IdpProfile, ToleranceName } from '../../../identity-providers/profiles/profile.js';
import { isObject } from '../../../kernel/json.js';
import type { PatchOp } from '../patch/operation.js';
import { filteredReplaceCreates } from './filtered-replace-creates.js';
import { keysArePaths } from './keys-are-paths.js';
import { managerAsValue } from './manager-as-value.js';
import { managerIdAsValue } from './manager-id-as-value.js';
import { packedValues, packedValuesInBody } from './packed-values.js';
import { removeMembersByValue } from './remove-members-by-value.js';
import { removeValuesByValue } from './remove-values-by-value.js';
import type { BodyTolerance, Tolerance } from './tolerance.js';

const inOperations = {
  keysArePaths,
  managerAsValue,
  packedValues,
  removeMembersByValue,
  removeValuesByValue,
  // Must be last: its effect is decided when the operation is applied to the resource.
  filteredReplaceCreates,
} as const satisfies Partial<Record<ToleranceName, Tolerance>>;

const inBodies = {
  packedValues: packedValuesInBody,
  managerIdAsValue,
} as const satisfies Partial<Record<ToleranceName, BodyTolerance>>;

/** Returns a POST or PUT body with the IdP's dialect translated. Adds each applied tolerance to `quirks`. */
export function tolerateBody(body: unknown, idp: IdpProfile, quirks: Set<string>): unknown {
  if (!isObject(body)) return body;
  return named(inBodies, idp).reduce((before, [name, tolerance]) => {
    const after = tolerance(before);
    if (after !== before) quirks.add(name);
    return after;
  }, body);
}

/**
 * Tolerances of all providers. No conforming request lists values in a remove. Without the tolerance, such a request
 * would remove all values, also on a connection with the wrong provider.
 */
const always: readonly ToleranceName[] = ['removeMembersByValue', 'removeValuesByValue'];

const named = <T>(table: Readonly<Record<string, T>>, { scim }: IdpProfile): [string, T][] =>
  Object.entries(table).filter(([name]) => [...always, ...scim.tolerances].includes(name as ToleranceName));

/** Returns the operations with the IdP's dialect translated. Adds each applied tolerance to `quirks`. */
export function tolerate(operations: readonly PatchOp[], idp: IdpProfile, quirks: Set<string>): PatchOp[] {
  return named<Tolerance>(inOperations, idp).reduce<PatchOp[]>(
    (all, [name, tolerance]) => all.flatMap((operation) => applied(name, tolerance, operation, quirks)),
    [...operations],
  );
}

function applied(name: string, tolerance: Tolerance, operation: PatchOp, quirks: Set<string>): PatchOp[] {
  const result = tolerance(operation, (quirk) => quirks.add(quirk));
  const [first] = result;
  const isMarked = first?.onMissing !== undefined || first?.onValue !== undefined;
  const isLawful = result.length === 1 && (first === operation || isMarked);
  if (!isLawful) quirks.add(name);
  return result;
}
