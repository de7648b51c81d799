import type { IdpProfile, ToleranceName } from '../../idp/profile.js';
import type { PatchOp } from '../patch/operation.js';
import { filteredReplaceCreates } from './filtered-replace-creates.js';
import { keysArePaths } from './keys-are-paths.js';
import { managerAsValue } from './manager-as-value.js';
import { packedValues } from './packed-values.js';
import { removeMembersByValue } from './remove-members-by-value.js';

/** One operation as an IdP sent it, as the RFC would have it. */
export type Tolerance = (operation: PatchOp) => PatchOp[];

const tolerances = {
  keysArePaths,
  managerAsValue,
  packedValues,
  filteredReplaceCreates,
  removeMembersByValue,
} as const satisfies Record<ToleranceName, Tolerance>;

/** The operations with the dialect of the IdP translated. Core code after this knows only the RFC. */
export function tolerate(operations: readonly PatchOp[], idp: IdpProfile): PatchOp[] {
  const named = Object.entries(tolerances).filter(([name]) => idp.scim.tolerances.includes(name as ToleranceName));
  return named.reduce<PatchOp[]>((all, [, tolerance]) => all.flatMap(tolerance), [...operations]);
}
