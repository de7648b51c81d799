import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import { BadInput } from '../../errors.js';
import { parseId } from '../../ids.js';
import { sql } from '../../storage/sql.js';

/**
 * Checks the manager that a caller of the API names: an account of the organization that is not deleted. SCIM and imports can
 * name one who arrives later.
 *
 * @throws BadInput
 */
export async function expectManager(tx: Tx, managerId: string | null | undefined): Promise<void> {
  if (managerId == null) return;
  const id = parseId('user', managerId);
  const found = id
    ? await tx.session.query(sql`select 1 from users where organization_id = ${scopeOf(tx)} and id = ${id}
      and deleted_at is null`)
    : [];
  if (found.length === 0) throw new BadInput('"managerId" must be the id of a user of this organization.');
}
