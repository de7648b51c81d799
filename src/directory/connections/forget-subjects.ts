import { IsNull, Not } from 'typeorm';
import type { Tx } from '../../access/write.js';
import { Identity } from '../users/identity.js';
import type { Connection } from './connection.js';

/** Returns the claim or attribute that contains the subject; null for a connection without sign-in. */
const sourceOf = ({ oidc, saml }: Pick<Connection, 'oidc' | 'saml'>): string | null =>
  oidc ? oidc.subjectClaim : saml ? (saml.subjectAttribute ?? 'sub') : null;

/**
 * Deletes the stored subjects of a connection if another claim contains the subject now. A value of one claim can be
 * another user's value of the other claim. The `sub`, which every sign-in has, is kept, and the next sign-in stores the
 * new subject for it.
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
