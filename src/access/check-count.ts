import type { FindOptionsWhere, ObjectLiteral } from 'typeorm';
import { BadInput } from '../kernel/errors.js';
import { lockKinds } from '../storage/advisory-locks.js';
import type { Class } from '../storage/session.js';
import { sql } from '../storage/sql.js';
import type { Tx } from './write.js';

/**
 * Locks the number of rows of a table that an organization, or the platform, has: other transactions that add such a row
 * wait until the commit.
 */
export async function lockCount(tx: Tx, entity: Class<object>): Promise<void> {
  const counted = JSON.stringify([tx.principal.organizationId, entity.name]);
  await tx.session.unscoped.query(sql`select pg_advisory_xact_lock(hashtextextended(${counted}, ${lockKinds.count}))`);
}

/** Limit of a number of rows, as its error names it. */
export interface CountLimit {
  most: number;
  /** Owner and rows, such as `An organization` and `domains`. */
  owner: string;
  rows: string;
  /** Last sentence of the error. */
  remedy: string;
  /** Field of the input that the error names. */
  field: string;
}

/**
 * Checks that one more row can be added to those that match. The lock makes concurrent calls count one after the other,
 * so that they cannot exceed the limit together.
 *
 * @throws BadInput if there are already `most` rows
 */
export async function checkCount<T extends ObjectLiteral>(
  tx: Tx,
  entity: Class<T>,
  matching: FindOptionsWhere<T> | FindOptionsWhere<T>[],
  { most, owner, rows, remedy, field }: CountLimit,
): Promise<void> {
  await lockCount(tx, entity);
  const count = await tx.manager.countBy(entity, matching);
  if (count >= most) throw new BadInput(`${owner} can have at most ${most} ${rows}. ${remedy}`, field);
}
