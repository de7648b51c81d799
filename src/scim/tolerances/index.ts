import type { IdpProfile, ToleranceName } from '../../idp/profile.js';
import type { PatchOp } from '../patch/operation.js';
import { filteredReplaceCreates } from './filtered-replace-creates.js';
import { keysArePaths } from './keys-are-paths.js';
import { managerAsValue } from './manager-as-value.js';
import { packedValues } from './packed-values.js';
import { removeMembersByValue } from './remove-members-by-value.js';

/** Tells the request's record that a tolerance was needed. */
export type Note = (quirk: ToleranceName) => void;

/** One operation as an IdP sent it, as the RFC would have it. What is lawful comes back as the same object. */
export type Tolerance = (operation: PatchOp, note: Note) => PatchOp[];

const tolerances = {
  keysArePaths,
  managerAsValue,
  packedValues,
  removeMembersByValue,
  // Last: it decides nothing before the resource is there.
  filteredReplaceCreates,
} as const satisfies Record<ToleranceName, Tolerance>;

/** The operations with the dialect of the IdP translated, each tolerance that was needed added to `quirks`. */
export function tolerate(operations: readonly PatchOp[], idp: IdpProfile, quirks: Set<string>): PatchOp[] {
  const named = Object.entries(tolerances).filter(([name]) => idp.scim.tolerances.includes(name as ToleranceName));
  return named.reduce<PatchOp[]>(
    (all, [name, tolerance]) => all.flatMap((operation) => applied(name, tolerance, operation, quirks)),
    [...operations],
  );
}

function applied(name: string, tolerance: Tolerance, operation: PatchOp, quirks: Set<string>): PatchOp[] {
  const result = tolerance(operation, (quirk) => quirks.add(quirk));
  const isLawful = result.length === 1 && (result[0] === operation || result[0]?.onMissing !== undefined);
  if (!isLawful) quirks.add(name);
  return result;
}
