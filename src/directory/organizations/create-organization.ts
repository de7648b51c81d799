import { authorize } from '../../access/authorize.js';
import type { Tx } from '../../access/write.js';
import { openLog } from '../../events/append.js';
import { BadInput, ExternalIdTaken } from '../../kernel/errors.js';
import { newId, type OrganizationId } from '../../kernel/ids.js';
import { checkAll, checkedAll } from '../../kernel/input-errors.js';
import { create } from '../../storage/rows.js';
import { sql } from '../../storage/sql.js';
import { checkExternalId } from '../check-external-id.js';
import { checkedLook, type LookInput, noLook, storeLogo } from '../looks/look.js';
import { addDomain, checkedDomain } from './domains.js';
import { Organization, type OrganizationStatus, organizationState, type SeatPolicy } from './organization.js';

export interface NewOrganization extends LookInput {
  name: string;
  externalId?: string | null;
  domains?: string[] | null;
  metadata?: Record<string, unknown> | null;
  seatLimit?: number | null;
  seatPolicy?: SeatPolicy | null;
  seatGrace?: number | null;
  seatGraceDays?: number | null;
}

/**
 * Creates an organization with its event log. Claimed domains start as PENDING. A repeated call creates another
 * organization unless `externalId` is set.
 *
 * @throws Forbidden for all but platform keys, BadInput, ExternalIdTaken, DomainTaken
 */
export async function createOrganization(tx: Tx, input: NewOrganization): Promise<Organization> {
  authorize(tx, 'organization.create');
  const { name, look, seats } = checkedAll({
    name: () => checkedName(input.name, 'name'),
    externalId: () => checkExternalId(input.externalId ?? null),
    seats: () => checkedSeats(input),
    look: () => checkedLook(input),
    domains: () => checkAll((input.domains ?? []).map((domain) => () => checkedDomain(domain, 'domains'))),
  });
  const organization = create(Organization, {
    id: newId('org'),
    name,
    externalId: input.externalId || null,
    status: 'ACTIVE',
    metadata: input.metadata ?? {},
    seatLimit: null,
    seatPolicy: 'BLOCK',
    seatGrace: 0,
    seatGraceDays: 0,
    seatsExceededSince: null,
    seatsToldAt: null,
    deletedAt: null,
    ...seats,
    ...noLook,
    ...look.look,
    createdAt: tx.now,
    updatedAt: tx.now,
  });
  const isNew = await tx.session.insert(Organization, organization, sql`on conflict (external_id) do nothing`);
  if (!isNew) throw new ExternalIdTaken(organization.externalId ?? '');
  await storeLogo(tx, Organization, organization.id, look);
  await openLog(tx.session.unscoped, organization.id);
  tx.enter(organization.id);
  tx.emit({ type: 'organization.created', subject: subjectOf(organization), data: organizationState(organization) });
  for (const domain of new Set(input.domains ?? [])) await addDomain(tx, domain, []);
  return organization;
}

/** Changes of an organization; absent fields stay unchanged. */
export interface OrganizationChange extends LookInput {
  name?: string | null;
  externalId?: string | null;
  status?: OrganizationStatus | null;
  metadata?: Record<string, unknown> | null;
  /** Null removes the limit. */
  seatLimit?: number | null;
  seatPolicy?: SeatPolicy | null;
  seatGrace?: number | null;
  seatGraceDays?: number | null;
}

type Seats = Pick<OrganizationChange, 'seatLimit' | 'seatPolicy' | 'seatGrace' | 'seatGraceDays'>;

/** Returns the given seat settings. @throws BadInput for a negative number */
export function checkedSeats({ seatLimit, seatPolicy, seatGrace, seatGraceDays }: Seats): Partial<Organization> {
  const numbers = { seatLimit, seatGrace, seatGraceDays };
  checkAll(
    Object.entries(numbers).map(([name, number]) => () => {
      if ((number ?? 0) < 0) throw new BadInput(`"${name}" must be 0 or more.`);
    }),
  );
  return {
    ...(seatLimit !== undefined && { seatLimit }),
    ...(seatPolicy && { seatPolicy }),
    ...(seatGrace != null && { seatGrace }),
    ...(seatGraceDays != null && { seatGraceDays }),
  };
}

export const subjectOf = ({ id }: { id: OrganizationId }) => ({ type: 'organization', id }) as const;

/** Returns a trimmed name of 1 to 256 characters. @throws BadInput that names the field */
export function checkedName(text: string, field: string): string {
  const name = text.trim();
  if (name === '' || name.length > 256) throw new BadInput(`"${field}" must have 1 to 256 characters.`);
  return name;
}
