import { randomBytes } from 'node:crypto';
import { authorize } from '../../access/authorize.js';
import { checkCount } from '../../access/check-count.js';
import type { Tx } from '../../access/write.js';
import { BadInput, DomainTaken, NotFound } from '../../kernel/errors.js';
import { foldDomain } from '../../kernel/fold.js';
import { type DomainId, newId, parseId } from '../../kernel/ids.js';
import { lockKinds } from '../../storage/advisory-locks.js';
import { codeOf } from '../../storage/error-code.js';
import { create } from '../../storage/rows.js';
import { sql } from '../../storage/sql.js';
import { lockConnection } from '../connections/find-connections.js';
import { Domain } from './domain.js';
import { DomainConnection } from './domain-connection.js';
import { connectionsOf } from './domain-trust.js';
import { endUntrusted } from './end-untrusted.js';
import { txtRecordsOf } from './verification-record.js';

const limit = {
  most: 500,
  owner: 'An organization',
  rows: 'domains',
  remedy: 'Remove an unused one.',
  field: 'domain',
};

/**
 * Claims a domain for the organization. It has no effect until it is verified. `connectionIds` are the connections to
 * which the domain is assigned.
 *
 * @throws Forbidden, BadInput for a malformed domain, DomainTaken, NotFound for an unknown connection
 */
export async function addDomain(tx: Tx, text: string, connectionIds: readonly string[]): Promise<Domain> {
  authorize(tx, 'domain.manage', { organizationId: tx.organizationId });
  const name = checkedDomain(text, 'domain');
  await checkCount(tx, Domain, { organizationId: tx.organizationId }, limit);
  const domain = create(Domain, {
    organizationId: tx.organizationId,
    id: newId('dom'),
    domain: name,
    state: 'PENDING',
    verificationValue: `rollcall-domain-verification=${randomBytes(16).toString('hex')}`,
    verifiedAt: null,
    createdAt: tx.now,
    byRecord: false,
    isReserved: connectionIds.length > 0,
  });
  const isNew = await tx.session.insert(Domain, domain, sql`on conflict (organization_id, domain) do nothing`);
  if (!isNew) throw new DomainTaken(name);
  await assign(tx, domain, connectionIds);
  return domain;
}

/**
 * Assigns the domain to exactly these connections; an empty list allows all connections. Ends the sessions that were
 * started through a connection that is no longer trusted with the account.
 *
 * @throws NotFound, Forbidden
 */
export async function assignDomain(tx: Tx, id: string, connectionIds: readonly string[]): Promise<Domain> {
  const domain = await lockDomain(tx, id);
  authorize(tx, 'domain.manage', domain);
  domain.isReserved = connectionIds.length > 0;
  await tx.session.update(Domain, domain);
  await tx.manager.delete(DomainConnection, { organizationId: tx.organizationId, domainId: domain.id });
  await assign(tx, domain, connectionIds);
  await endUntrusted(tx, domain);
  return domain;
}

async function assign(tx: Tx, domain: Domain, connectionIds: readonly string[]): Promise<void> {
  for (const id of new Set(connectionIds)) {
    const connection = await lockConnection(tx, id);
    const { organizationId } = tx;
    await tx.manager.insert(DomainConnection, { organizationId, domainId: domain.id, connectionId: connection.id });
  }
}

/**
 * Marks the domain as VERIFIED if its TXT record exists, or if the operator vouches for it (`force`). A repeated call
 * changes nothing.
 *
 * @throws NotFound, Forbidden, BadInput if the record is missing, DomainTaken if another organization has verified it
 */
export async function verifyDomain(tx: Tx, id: string, force: boolean): Promise<Domain> {
  const domain = await lockDomain(tx, id);
  authorize(tx, force ? 'domain.force' : 'domain.manage', domain);
  if (domain.state === 'VERIFIED') return domain;
  if (!force) await lookUp(tx, domain);
  await tx.session.unscoped.query(
    sql`select pg_advisory_xact_lock(hashtextextended(${domain.domain}, ${lockKinds.domain}))`,
  );
  const isTaken = await tx.manager.existsBy(Domain, { domain: domain.domain, state: 'VERIFIED' });
  if (isTaken) throw new DomainTaken(domain.domain);

  domain.state = 'VERIFIED';
  domain.verifiedAt = tx.now;
  domain.byRecord = !force;
  await tx.session.update(Domain, domain);
  const data = {
    id: domain.id,
    domain: domain.domain,
    byOperator: force,
    connections: await connectionsOf(tx, domain.id),
  };
  tx.emit({ type: 'domain.verified', subject: { type: 'domain', id: domain.id }, data });
  await endUntrusted(tx, domain);
  return domain;
}

async function lookUp(tx: Tx, domain: Domain): Promise<void> {
  const records = await txtRecordsOf(tx.store.resolveTxt, domain.verificationHost).catch((error: unknown) => {
    const text = `DNS could not be read for ${domain.verificationHost} (${codeOf(error) || 'no reason given'}). Nothing was changed. Try again in a minute.`;
    throw new BadInput(text, 'id');
  });
  if (records.includes(domain.verificationValue)) return;
  throw new BadInput(
    `No TXT record at ${domain.verificationHost} has the value ${domain.verificationValue}. Add it and try again; DNS can take an hour.`,
    'id',
  );
}

/**
 * Deletes the claim of a domain. Existing users stay; email addresses in the domain no longer link accounts.
 *
 * @throws NotFound, Forbidden
 */
export async function removeDomain(tx: Tx, id: string): Promise<DomainId> {
  const domain = await lockDomain(tx, id);
  authorize(tx, 'domain.manage', domain);
  await tx.manager.delete(Domain, { organizationId: tx.organizationId, id: domain.id });
  return domain.id;
}

async function lockDomain(tx: Tx, id: string): Promise<Domain> {
  const key = parseId('dom', id);
  const where = key && { organizationId: tx.organizationId, id: key };
  const domain = where && (await tx.manager.findOne(Domain, { where, lock: { mode: 'pessimistic_write' } }));
  if (!domain) throw new NotFound('domain');
  return domain;
}

/** Returns the compared form of a domain. @throws BadInput that names the field */
export function checkedDomain(text: string, field: string): string {
  const name = foldDomain(text.trim());
  if (!name) throw new BadInput(`"${field}" must be a domain such as example.com, not "${text}".`);
  return name;
}
