import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import { sql } from '../../storage/sql.js';
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
  await tx.session.query(sql`update identities set subject = null, sub = case when ${source === 'sub'} then coalesce(sub, subject) else sub end
     where organization_id = ${scopeOf(tx)} and connection_id = ${connection.id} and subject is not null`);
}
