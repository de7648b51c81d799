import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import { BadInput } from '../../kernel/errors.js';
import { parseId } from '../../kernel/ids.js';
import { sql } from '../../storage/sql.js';

/**
 * Checks that the manager in an API input is a user of the organization that is not deleted. SCIM and imports can name
 * a manager who is provisioned later.
 *
 * @throws BadInput
 */
export async function checkManagerId(tx: Tx, managerId: string | null | undefined): Promise<void> {
  if (managerId == null) return;
  const id = parseId('user', managerId);
  const found = id
    ? await tx.session.query(sql`select 1 from users where organization_id = ${scopeOf(tx)} and id = ${id}
      and deleted_at is null`)
    : [];
  if (found.length === 0) throw new BadInput('"managerId" must be the id of a user of this organization.');
}
