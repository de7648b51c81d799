import { authorize } from '../../access/authorize.js';
import { endAllSessions } from '../../access/session.js';
import type { Tx } from '../../access/write.js';
import { ExternalIdTaken, expectUnchanged, NotFound } from '../../errors.js';
import { changesBetween } from '../changes.js';
import { checkExternalId } from '../check-external-id.js';
import { checkedName, checkedSeats, type OrganizationChange, subjectOf } from './create-organization.js';
import { Organization, organizationState } from './organization.js';

/**
 * Changes what is given and leaves the rest. DISABLED refuses every credential of the organization at once.
 *
 * @throws NotFound, Forbidden, Conflict, BadInput, ExternalIdTaken
 */
export async function updateOrganization(
  tx: Tx,
  input: OrganizationChange & { expectedUpdatedAt?: Date | null },
): Promise<Organization> {
  const [organization] = await tx.session.rows(Organization, 'id = $1 for update', [tx.organizationId]);
  if (!organization) throw new NotFound('organization');
  authorize(tx, 'organization.update', { organizationId: organization.id });

  expectUnchanged(organization, input.expectedUpdatedAt);
  const before = settingsOf(organization);
  const after = {
    ...before,
    name: input.name == null ? before.name : checkedName(input.name, 'name'),
    externalId: input.externalId === undefined ? before.externalId : input.externalId || null,
    status: input.status ?? before.status,
    metadata: input.metadata ?? before.metadata,
    ...checkedSeats(input),
  };
  checkExternalId(after.externalId);
  const changes = changesBetween(before, after);
  if (changes.length === 0) return organization;
  if (after.externalId !== before.externalId && after.externalId !== null) await claim(tx, after.externalId);

  Object.assign(organization, after, { updatedAt: tx.now });
  await tx.session.update(Organization, organization);
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
  return { name, externalId, status, metadata, seatLimit, seatPolicy, seatGrace, seatGraceDays };
}

async function claim(tx: Tx, externalId: string): Promise<void> {
  // One at a time for one externalId: the loser of a race sees the winner's row.
  await tx.session.query('select pg_advisory_xact_lock(hashtextextended($1, 1))', [externalId]);
  const taken = await tx.session.query('select 1 from organizations where external_id = $1', [externalId]);
  if (taken.length > 0) throw new ExternalIdTaken(externalId);
}
