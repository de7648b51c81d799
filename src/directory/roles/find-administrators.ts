import { administrativePattern } from '../../access/administrative.js';
import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import { lockKinds } from '../../storage/advisory-locks.js';
import { sql } from '../../storage/sql.js';

/**
 * Returns true if a user other than these has an administrative role and can sign in. The result stays valid until the
 * transaction ends: concurrent callers wait, so that the last two administrators cannot be closed at the same moment.
 */
export async function hasOtherAdministrator(tx: Tx, userIds: readonly string[]): Promise<boolean> {
  await tx.session.query(
    sql`select pg_advisory_xact_lock(hashtextextended(${scopeOf(tx)}, ${lockKinds.administrators}))`,
  );
  const others = await tx.session.query(sql`select 1 from users
      where organization_id = ${scopeOf(tx)} and id <> all(${userIds}) and cardinality(roles) > 0 and active
        and deleted_at is null and suspended_at is null and invited_at is null
        and exists (select from unnest(roles) role where role ~* ${administrativePattern})
      limit 1`);
  return others.length > 0;
}
