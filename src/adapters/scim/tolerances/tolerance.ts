import type { ToleranceName } from '../../../identity-providers/profiles/profile.js';
import type { Json } from '../../../kernel/json.js';
import type { PatchOp } from '../patch/operation.js';

/** Records in the trace of the request that a tolerance was applied. */
export type Note = (quirk: ToleranceName) => void;

/**
 * Rewrites one operation of an IdP's dialect to operations that conform to the RFC. Returns the same object if it
 * already conforms.
 */
export type Tolerance = (operation: PatchOp, note: Note) => PatchOp[];

/**
 * Rewrites a body of an IdP's dialect to one that conforms to the RFC. Returns the same object if it already conforms.
 */
export type BodyTolerance = (body: Json) => Json;
