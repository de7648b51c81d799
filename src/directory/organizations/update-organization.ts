import { authorize } from '../../access/authorize.js';
import type { Tx } from '../../access/write.js';
import { ExternalIdTaken, expectUnchanged, NotFound } from '../../kernel/errors.js';
import { checkedAll } from '../../kernel/input-errors.js';
import { lockKinds } from '../../storage/advisory-locks.js';
import { create } from '../../storage/rows.js';
import { sql } from '../../storage/sql.js';
import { changesBetween } from '../changes.js';
import { checkExternalId } from '../check-external-id.js';
import { checkedLook, storeLogo } from '../looks/look.js';
import { endAllSessions } from '../sessions/session.js';
import { checkedName, checkedSeats, type OrganizationChange, subjectOf } from './create-organization.js';
import { Organization, organizationState } from './organization.js';

/**
 * Changes the given fields and leaves the others unchanged. DISABLED invalidates every credential of the organization
 * at once.
 *
 * @throws NotFound, Forbidden, Conflict, BadInput, ExternalIdTaken
 */
export async function updateOrganization(
  tx: Tx,
  input: OrganizationChange & { expectedUpdatedAt?: Date | null },
): Promise<Organization> {
  const where = { id: tx.organizationId };
  const locked = await tx.manager.findOne(Organization, { where, lock: { mode: 'pessimistic_write' } });
  if (!locked) throw new NotFound('organization');
  authorize(tx, 'organization.update', { organizationId: locked.id });

  expectUnchanged(locked, input.expectedUpdatedAt);
  const before = settingsOf(locked);
  const externalId = input.externalId === undefined ? before.externalId : input.externalId || null;
  const { name, look, seats } = checkedAll({
    name: () => (input.name == null ? before.name : checkedName(input.name, 'name')),
    externalId: () => checkExternalId(externalId),
    seats: () => checkedSeats(input),
    look: () => checkedLook(input),
  });
  const after = {
    ...before,
    name,
    externalId,
    status: input.status ?? before.status,
    metadata: input.metadata === undefined ? before.metadata : (input.metadata ?? {}),
    ...seats,
    ...look.look,
  };
  const changes = changesBetween(before, after);
  if (changes.length === 0) return locked;
  if (after.externalId !== before.externalId && after.externalId !== null) await claim(tx, after.externalId);

  const organization = create(Organization, { ...locked, ...after, updatedAt: tx.now });
  await tx.session.update(Organization, organization);
  await storeLogo(tx, Organization, organization.id, look);
  tx.credentialsChanged = true;
  if (after.status === 'DISABLED' && before.status === 'ACTIVE') await endAllSessions(tx);
  tx.emit({
    type: 'organization.updated',
    subject: subjectOf(organization),
    data: organizationState(organization),
    changes,
  });
  return organization;
}

function settingsOf(organization: Organization) {
  const { name, externalId, status, metadata, seatLimit, seatPolicy, seatGrace, seatGraceDays } = organization;
  const { color, supportContact, logoHash } = organization;
  const look = { color, supportContact, logoHash };
  return { name, externalId, status, metadata, seatLimit, seatPolicy, seatGrace, seatGraceDays, ...look };
}

async function claim(tx: Tx, externalId: string): Promise<void> {
  // Serializes claims of the same externalId, so that a concurrent transaction sees the row of the first one.
  await tx.session.unscoped.query(
    sql`select pg_advisory_xact_lock(hashtextextended(${externalId}, ${lockKinds.organizationByExternalId}))`,
  );
  if (await tx.manager.existsBy(Organization, { externalId })) throw new ExternalIdTaken(externalId);
}
