import { administrativePattern } from '../../access/administrative.js';
import type { Tx } from '../../access/write.js';

/** Whether somebody else who can sign in runs the organization. */
export async function hasOtherAdministrator(tx: Tx, userId: string): Promise<boolean> {
  const others = await tx.session.query(
    `select 1 from users where organization_id = $1 and id <> $2 and cardinality(roles) > 0 and active
       and deleted_at is null and suspended_at is null and invited_at is null
       and exists (select from unnest(roles) role where role ~* $3) limit 1`,
    [tx.organizationId, userId, administrativePattern],
  );
  return others.length > 0;
}
