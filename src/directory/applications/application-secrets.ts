import { IsNull, LessThanOrEqual, MoreThan } from 'typeorm';
import { authorize } from '../../access/authorize.js';
import { checkCount } from '../../access/check-count.js';
import { isUseDue } from '../../access/last-use.js';
import { findOwned } from '../../access/owned.js';
import type { Read, Tx } from '../../access/write.js';
import { daySeconds } from '../../kernel/durations.js';
import { BadInput, NotFound } from '../../kernel/errors.js';
import { type ApplicationId, type ApplicationSecretId, newId, parseId } from '../../kernel/ids.js';
import { checkAll } from '../../kernel/input-errors.js';
import { hashSecret, hintOf, newSecret } from '../../kernel/secrets.js';
import { create } from '../../storage/rows.js';
import type { Session } from '../../storage/session.js';
import { once, sql } from '../../storage/sql.js';
import { Application } from './application.js';
import { ApplicationSecret } from './application-secret.js';

const limit = { most: 10, owner: 'An application', rows: 'valid secrets', remedy: 'Revoke one first.' };
const longestOverlapSeconds = 30 * daySeconds;

/** Returns true if the application authenticates with a client secret. */
export const provesBySecret = ({ tokenEndpointAuthMethod }: Application): boolean =>
  tokenEndpointAuthMethod.startsWith('CLIENT_SECRET');

/**
 * Adds a secret to the valid ones and returns it; it is shown only once. It does not expire unless `expiresAt` is set.
 *
 * @throws NotFound, Forbidden, BadInput if the client does not use a secret
 */
export async function createApplicationSecret(
  tx: Tx,
  { applicationId, expiresAt }: { applicationId: string; expiresAt?: Date | null },
) {
  const application = await lockWithSecret(tx, applicationId, 'applicationId');
  await checkCount(tx, ApplicationSecret, validOf(application.id, tx.now), { ...limit, field: 'applicationId' });
  return { application, ...(await addSecret(tx, application, expiresAt ?? null)) };
}

/**
 * Creates a secret and returns it; it is shown only once. Earlier secrets expire after `overlapSeconds` (default: at
 * once).
 *
 * @throws NotFound, Forbidden, BadInput if the client does not use a secret, or if too many secrets stay valid
 */
export async function rotateApplicationSecret(
  tx: Tx,
  id: string,
  { overlapSeconds = 0, expiresAt = null }: { overlapSeconds?: number; expiresAt?: Date | null } = {},
) {
  const application = await lockWithSecret(tx, id, 'id');
  checkAll([() => checkOverlap(overlapSeconds), () => expectFuture(tx, expiresAt)]);
  const end = new Date(tx.now.getTime() + overlapSeconds * 1_000);
  const applicationId = application.id;
  await tx.manager.update(ApplicationSecret, { applicationId, expiresAt: IsNull() }, { expiresAt: end });
  await tx.manager.update(ApplicationSecret, { applicationId, expiresAt: MoreThan(end) }, { expiresAt: end });
  await tx.manager.delete(ApplicationSecret, { applicationId, expiresAt: LessThanOrEqual(tx.now) });
  await checkCount(tx, ApplicationSecret, validOf(applicationId, tx.now), { ...limit, field: 'id' });
  return { application, ...(await addSecret(tx, application, expiresAt)) };
}

/** Revokes a secret at once. The other secrets stay valid. @throws NotFound, Forbidden */
export async function revokeApplicationSecret(tx: Tx, id: string): Promise<ApplicationSecretId> {
  const key = parseId('asec', id);
  const lock = { mode: 'pessimistic_write' } as const;
  const secret = key && (await tx.manager.findOne(ApplicationSecret, { where: { id: key }, lock }));
  const application =
    secret && (await findOwned(tx.session.unscoped, Application, tx.principal, secret.applicationId, { lock: true }));
  if (!secret || !application) throw new NotFound('application secret');
  authorize(tx, 'application.manage', application);
  await tx.manager.delete(ApplicationSecret, secret.id);
  return secret.id;
}

/** Returns the secrets of an application that have not expired, oldest first. */
export const findApplicationSecrets = (
  { session, now }: Pick<Read, 'session'> & { now: Date },
  applicationId: ApplicationId,
): Promise<ApplicationSecret[]> =>
  session.manager.find(ApplicationSecret, { where: validOf(applicationId, now), order: { id: 'ASC' } });

/** Returns the condition for secrets that have not expired. */
const validOf = (applicationId: ApplicationId, now: Date) => [
  { applicationId, expiresAt: IsNull() },
  { applicationId, expiresAt: MoreThan(now) },
];

/** Adds a secret and returns it; only its hash is stored. @throws BadInput if `expiresAt` is in the past */
export async function addSecret(tx: Tx, application: Application, expiresAt: Date | null) {
  expectFuture(tx, expiresAt);
  const clientSecret = newSecret('client');
  const credential: ApplicationSecret = create(ApplicationSecret, {
    id: newId('asec'),
    applicationId: application.id,
    hash: hashSecret(clientSecret),
    hint: hintOf(clientSecret),
    createdAt: tx.now,
    expiresAt,
    lastUsedAt: null,
  });
  await tx.manager.insert(ApplicationSecret, credential);
  return { secret: clientSecret, clientSecret, credential };
}

async function lockWithSecret(tx: Tx, id: string, field: 'id' | 'applicationId'): Promise<Application> {
  const application = await findOwned(tx.session.unscoped, Application, tx.principal, parseId('app', id), {
    lock: true,
  });
  if (!application) throw new NotFound('application');
  authorize(tx, 'application.manage', application);
  if (!provesBySecret(application))
    throw new BadInput(
      'This application authenticates without a secret. Set "tokenEndpointAuthMethod" to CLIENT_SECRET_BASIC or CLIENT_SECRET_POST first.',
      field,
    );
  return application;
}

/** Records the use of a secret, accurate to one hour. */
export async function recordUseOfSecret(
  session: Session,
  { applicationId, hash, now: at }: { applicationId: string; hash: Buffer; now: Date },
): Promise<void> {
  const now = once(at);
  await session.query(sql`update application_secrets set last_used_at = ${now}
    where application_id = ${applicationId} and hash = ${hash} and ${isUseDue(now)}`);
}

function checkOverlap(seconds: number): void {
  if (seconds < 0 || seconds > longestOverlapSeconds)
    throw new BadInput(`"overlapSeconds" must be from 0 to ${longestOverlapSeconds}.`);
}

function expectFuture(tx: Tx, expiresAt: Date | null): void {
  if (expiresAt !== null && expiresAt <= tx.now) throw new BadInput('"expiresAt" must be in the future.');
}
