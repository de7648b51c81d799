import { IsNull, Not } from 'typeorm';
import type { Tx } from '../../access/write.js';
import { Identity } from '../users/identity.js';
import type { Connection } from './connection.js';

/** The claim or attribute whose value is the subject; null for a connection without sign-in. */
const sourceOf = ({ oidc, saml }: Pick<Connection, 'oidc' | 'saml'>): string | null =>
  oidc ? oidc.subjectClaim : saml ? (saml.subjectAttribute ?? 'sub') : null;

/**
 * Forgets the subjects of a connection if another claim names them now: a value of one claim can be another user's value of the
 * other claim. The `sub`, which every sign-in carries, is kept, and the next sign-in binds the new subject by it.
 */
export async function forgetSubjects(
  tx: Tx,
  before: Pick<Connection, 'oidc' | 'saml'>,
  connection: Connection,
): Promise<void> {
  const source = sourceOf(before);
  if (source === null || source === sourceOf(connection)) return;
  const known = { organizationId: tx.organizationId, connectionId: connection.id, subject: Not(IsNull()) };
  const kept = source === 'sub' ? { sub: () => 'coalesce(sub, subject)' } : {};
  await tx.manager.update(Identity, known, { subject: null, ...kept });
}
