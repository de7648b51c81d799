import type { IdpProfile, ToleranceName } from '../../idp/profile.js';
import { isObject, type Json } from '../../json.js';
import type { PatchOp } from '../patch/operation.js';
import { filteredReplaceCreates } from './filtered-replace-creates.js';
import { keysArePaths } from './keys-are-paths.js';
import { managerAsValue } from './manager-as-value.js';
import { managerIdAsValue } from './manager-id-as-value.js';
import { packedValues, packedValuesInBody } from './packed-values.js';
import { removeMembersByValue } from './remove-members-by-value.js';
import { removeValuesByValue } from './remove-values-by-value.js';

/** Tells the request's record that a tolerance was needed. */
export type Note = (quirk: ToleranceName) => void;

/** One operation as an IdP sent it, as the RFC would have it. What is lawful comes back as the same object. */
export type Tolerance = (operation: PatchOp, note: Note) => PatchOp[];

/** A body as an IdP sent it, as the RFC would have it. What is lawful comes back as the same object. */
export type BodyTolerance = (body: Json) => Json;

const inOperations = {
  keysArePaths,
  managerAsValue,
  packedValues,
  removeMembersByValue,
  removeValuesByValue,
  // Last: it decides nothing before the resource is there.
  filteredReplaceCreates,
} as const satisfies Partial<Record<ToleranceName, Tolerance>>;

const inBodies = {
  packedValues: packedValuesInBody,
  managerIdAsValue,
} as const satisfies Partial<Record<ToleranceName, BodyTolerance>>;

/** The body of a POST or PUT with the dialect translated, each tolerance that was needed added to `quirks`. */
export function tolerateBody(body: unknown, idp: IdpProfile, quirks: Set<string>): unknown {
  if (!isObject(body)) return body;
  return named(inBodies, idp).reduce((before, [name, tolerance]) => {
    const after = tolerance(before);
    if (after !== before) quirks.add(name);
    return after;
  }, body);
}

/**
 * Tolerances of every provider. No lawful request lists values in a remove, and read strictly it would remove all of them,
 * also for a connection whose provider was chosen by mistake.
 */
const always: readonly ToleranceName[] = ['removeMembersByValue', 'removeValuesByValue'];

const named = <T>(table: Readonly<Record<string, T>>, { scim }: IdpProfile): [string, T][] =>
  Object.entries(table).filter(([name]) => [...always, ...scim.tolerances].includes(name as ToleranceName));

/** The operations with the dialect of the IdP translated, each tolerance that was needed added to `quirks`. */
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
