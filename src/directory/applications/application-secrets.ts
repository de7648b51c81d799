import { authorize } from '../../access/authorize.js';
import { findOwned } from '../../access/owned.js';
import { hashSecret, hintOf, newSecret } from '../../access/secrets.js';
import type { Read, Tx } from '../../access/write.js';
import { BadInput, NotFound } from '../../errors.js';
import { type ApplicationId, type ApplicationSecretId, newId, parseId } from '../../ids.js';
import { Application } from './application.js';
import { ApplicationSecret } from './application-secret.js';

const mostSecrets = 10;
const longestOverlapSeconds = 30 * 24 * 3_600;

/** Returns true if the application authenticates with a client secret. */
export const provesBySecret = ({ tokenEndpointAuthMethod }: Application): boolean =>
  tokenEndpointAuthMethod.startsWith('CLIENT_SECRET');

/**
 * Adds a secret beside the valid ones; it is shown this once. Valid without end unless `expiresAt` is given.
 *
 * @throws NotFound, Forbidden, BadInput for a client that has none
 */
export async function createApplicationSecret(
  tx: Tx,
  { applicationId, expiresAt }: { applicationId: string; expiresAt?: Date | null },
) {
  const application = await lockWithSecret(tx, applicationId);
  const valid = await tx.session.query(
    'select 1 from application_secrets where application_id = $1 and (expires_at is null or expires_at > $2)',
    [application.id, tx.now],
  );
  if (valid.length >= mostSecrets) {
    throw new BadInput(`An application has ${mostSecrets} valid secrets at most. Revoke one.`);
  }
  return { application, ...(await addSecret(tx, application, expiresAt ?? null)) };
}

/**
 * Makes a new secret, shown this once. The earlier ones end at once, or stay valid for `overlapSeconds`.
 *
 * @throws NotFound, Forbidden, BadInput for a client that has none
 */
export async function rotateApplicationSecret(
  tx: Tx,
  id: string,
  { overlapSeconds = 0, expiresAt = null }: { overlapSeconds?: number; expiresAt?: Date | null } = {},
) {
  const application = await lockWithSecret(tx, id);
  if (overlapSeconds < 0 || overlapSeconds > longestOverlapSeconds) {
    throw new BadInput(`"overlapSeconds" must be from 0 to ${longestOverlapSeconds}.`);
  }
  const end = new Date(tx.now.getTime() + overlapSeconds * 1_000);
  await tx.session.query(
    'update application_secrets set expires_at = least(expires_at, $2) where application_id = $1',
    [application.id, end],
  );
  await tx.session.query('delete from application_secrets where application_id = $1 and expires_at <= $2', [
    application.id,
    tx.now,
  ]);
  return { application, ...(await addSecret(tx, application, expiresAt)) };
}

/** Ends a secret at once. The others stay. @throws NotFound, Forbidden */
export async function revokeApplicationSecret(tx: Tx, id: string): Promise<ApplicationSecretId> {
  const key = parseId('asec', id);
  const [secret] = key ? await tx.session.rows(ApplicationSecret, 'id = $1 for update', [key]) : [];
  const application =
    secret && (await findOwned(tx.session, Application, tx.principal, secret.applicationId, { lock: true }));
  if (!secret || !application) throw new NotFound('application secret');
  authorize(tx, 'application.manage', application);
  await tx.session.query('delete from application_secrets where id = $1', [secret.id]);
  return secret.id;
}

/** The secrets of an application that have not expired, oldest first. */
export const findApplicationSecrets = (
  { session, now }: Pick<Read, 'session'> & { now: Date },
  applicationId: ApplicationId,
): Promise<ApplicationSecret[]> =>
  session.rows(ApplicationSecret, 'application_id = $1 and (expires_at is null or expires_at > $2) order by id', [
    applicationId,
    now,
  ]);

/** Adds a secret; it is known this once. @throws BadInput */
export async function addSecret(tx: Tx, application: Application, expiresAt: Date | null) {
  if (expiresAt !== null && expiresAt <= tx.now) throw new BadInput('"expiresAt" must be in the future.');
  const clientSecret = newSecret('client');
  const credential: ApplicationSecret = Object.assign(new ApplicationSecret(), {
    id: newId('asec'),
    applicationId: application.id,
    hash: hashSecret(clientSecret),
    hint: hintOf(clientSecret),
    createdAt: tx.now,
    expiresAt,
    lastUsedAt: null,
  });
  await tx.session.insert(ApplicationSecret, credential);
  return { clientSecret, credential };
}

async function lockWithSecret(tx: Tx, id: string): Promise<Application> {
  const application = await findOwned(tx.session, Application, tx.principal, parseId('app', id), { lock: true });
  if (!application) throw new NotFound('application');
  authorize(tx, 'application.manage', application);
  if (!provesBySecret(application)) throw new BadInput('This application proves who it is without a secret.');
  return application;
}
