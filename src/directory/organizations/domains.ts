import { randomBytes } from 'node:crypto';
import { authorize } from '../../access/authorize.js';
import type { Read, Tx } from '../../access/write.js';
import { BadInput, DomainTaken, NotFound } from '../../errors.js';
import { foldDomain } from '../../fold.js';
import { type DomainId, newId, parseId } from '../../ids.js';
import { lockConnection } from '../connections/find-connections.js';
import { Domain } from './domain.js';
import { connectionsOf } from './domain-connections.js';
import { endUntrusted } from './end-untrusted.js';

/**
 * Claims a domain for the organization; it counts for nothing until it is verified. Connections are authoritative for it
 * once they are assigned.
 *
 * @throws Forbidden, BadInput for what is no domain, DomainTaken, NotFound for a connection
 */
export async function addDomain(tx: Tx, text: string, connectionIds: readonly string[]): Promise<Domain> {
  authorize(tx, 'domain.manage', { organizationId: tx.organizationId });
  const name = foldDomain(text.trim());
  if (!name) throw new BadInput(`"domain" must be a domain such as example.com, not "${text}".`);
  const domain = Object.assign(new Domain(), {
    organizationId: tx.organizationId,
    id: newId('dom'),
    domain: name,
    state: 'PENDING',
    verificationValue: `rollcall-domain-verification=${randomBytes(16).toString('hex')}`,
    verifiedAt: null,
    createdAt: tx.now,
    byRecord: false,
    isAssigned: connectionIds.length > 0,
  } as const);
  const isNew = await tx.session.insert(Domain, domain, 'on conflict (organization_id, domain) do nothing');
  if (!isNew) throw new DomainTaken(name);
  await assign(tx, domain, connectionIds);
  return domain;
}

/**
 * Makes exactly these connections authoritative for addresses of the domain; none opens it to all connections. Sessions end
 * that came through a connection which is no longer trusted with the account.
 *
 * @throws NotFound, Forbidden
 */
export async function assignDomain(tx: Tx, id: string, connectionIds: readonly string[]): Promise<Domain> {
  const domain = await lockDomain(tx, id);
  authorize(tx, 'domain.manage', domain);
  domain.isAssigned = connectionIds.length > 0;
  await tx.session.update(Domain, domain);
  await tx.session.query('delete from domain_connections where organization_id = $1 and domain_id = $2', [
    tx.organizationId,
    domain.id,
  ]);
  await assign(tx, domain, connectionIds);
  await endUntrusted(tx, domain);
  return domain;
}

async function assign(tx: Tx, domain: Domain, connectionIds: readonly string[]): Promise<void> {
  for (const id of new Set(connectionIds)) {
    const connection = await lockConnection(tx, id);
    await tx.session.query(
      'insert into domain_connections (organization_id, domain_id, connection_id) values ($1, $2, $3)',
      [tx.organizationId, domain.id, connection.id],
    );
  }
}

/**
 * Marks the domain VERIFIED when its TXT record is there, or on the operator's word (`force`). A repeat changes nothing.
 *
 * @throws NotFound, Forbidden, BadInput while the record is missing, DomainTaken when another organization has verified it
 */
export async function verifyDomain(tx: Tx, id: string, force: boolean): Promise<Domain> {
  const domain = await lockDomain(tx, id);
  authorize(tx, force ? 'domain.force' : 'domain.manage', domain);
  if (domain.state === 'VERIFIED') return domain;
  if (!force) await lookUp(tx, domain);
  await tx.session.query('select pg_advisory_xact_lock(hashtextextended($1, 2))', [domain.domain]);
  const taken = await tx.session.query(`select 1 from domains where domain = $1 and state = 'VERIFIED'`, [
    domain.domain,
  ]);
  if (taken.length > 0) throw new DomainTaken(domain.domain);

  Object.assign(domain, { state: 'VERIFIED', verifiedAt: tx.now, byRecord: !force });
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
  const records = await tx.store.resolveTxt(domain.verificationHost).catch((): string[] => []);
  if (records.includes(domain.verificationValue)) return;
  throw new BadInput(
    `No TXT record at ${domain.verificationHost} has the value ${domain.verificationValue}. Add it and try again; DNS can take an hour.`,
  );
}

/** Gives the claim up. Accounts stay; new links by e-mail stop. @throws NotFound, Forbidden */
export async function removeDomain(tx: Tx, id: string): Promise<DomainId> {
  const domain = await lockDomain(tx, id);
  authorize(tx, 'domain.manage', domain);
  await tx.session.query('delete from domains where organization_id = $1 and id = $2', [tx.organizationId, domain.id]);
  return domain.id;
}

async function lockDomain(tx: Tx, id: string): Promise<Domain> {
  const key = parseId('dom', id);
  const [domain] = key
    ? await tx.session.rows(Domain, 'organization_id = $1 and id = $2 for update', [tx.organizationId, key])
    : [];
  if (!domain) throw new NotFound('domain');
  return domain;
}

/** The organization's domains, by name. */
export async function findDomains(read: Read): Promise<Domain[]> {
  authorize(read, 'organization.read', { organizationId: read.organizationId });
  return read.session.rows(Domain, 'organization_id = $1 order by domain', [read.organizationId]);
}
