import type { Session } from '../../storage/session.js';
import { once, type Sql, sql } from '../../storage/sql.js';
import type { OAuthArtifact } from './oauth-artifact.js';

/** Key of an artifact: the name of its model in the library, and the hash of its value. */
export type ArtifactKey = Pick<OAuthArtifact, 'kind' | 'hash'>;

const isArtifact = ({ kind, hash }: ArtifactKey): Sql => sql`kind = ${kind} and hash = ${hash}`;

/**
 * Stores an artifact. Replaces an earlier one with the same key unless `isSingleUse`. Returns false if a single-use
 * artifact was already stored.
 */
export async function storeArtifact(
  session: Session,
  artifact: Omit<OAuthArtifact, 'consumedAt' | 'reusedAt' | 'payload'> & { payload: object },
  isSingleUse: boolean,
): Promise<boolean> {
  const { kind, hash, grantId, uid, expiresAt } = artifact;
  const payload = once(JSON.stringify(artifact.payload));
  const onRepeat = isSingleUse
    ? sql`nothing`
    : sql`update set payload = ${payload}, grant_id = ${grantId}, uid = ${uid}, expires_at = ${expiresAt}`;
  const written = await session.query(
    sql`insert into oauth_artifacts (kind, hash, payload, grant_id, uid, expires_at)
      values (${kind}, ${hash}, ${payload}, ${grantId}, ${uid}, ${expiresAt})
      on conflict (kind, hash) do ${onRepeat}
      returning 1`,
  );
  return written.length === 1;
}

/** Marks an artifact as consumed. Returns false if it was already consumed. */
export async function consumeArtifact(session: Session, key: ArtifactKey, now: Date): Promise<boolean> {
  const used = await session.query(
    sql`update oauth_artifacts set consumed_at = ${now} where ${isArtifact(key)} and consumed_at is null returning 1`,
  );
  return used.length === 1;
}

/** Marks a consumed artifact, as `a`, as used a second time if `isAllowed`. Returns false if it is not allowed. */
export async function reuseArtifact(
  session: Session,
  key: ArtifactKey,
  { now, isAllowed }: { now: Sql; isAllowed: Sql },
): Promise<boolean> {
  const used = await session.query(
    sql`update oauth_artifacts a set reused_at = ${now} where ${isArtifact(key)} and ${isAllowed} returning 1`,
  );
  return used.length === 1;
}

/** Returns the grant of an artifact; null if the artifact is unknown or has none. */
export async function grantOf(session: Session, key: ArtifactKey): Promise<string | null> {
  const [row] = await session.query<Pick<OAuthArtifact, 'grantId'>>(
    sql`select grant_id as "grantId" from oauth_artifacts where ${isArtifact(key)}`,
  );
  return row?.grantId ?? null;
}

/** Deletes an artifact. */
export async function deleteArtifact(session: Session, key: ArtifactKey): Promise<void> {
  await session.query(sql`delete from oauth_artifacts where ${isArtifact(key)}`);
}

/** Deletes everything that was issued under a grant. */
export async function deleteArtifactsOfGrant(session: Session, grantId: string): Promise<void> {
  await session.query(sql`delete from oauth_artifacts where grant_id = ${grantId}`);
}

/** Deletes everything that was issued to an application. */
export async function deleteArtifactsOfApplication(session: Session, applicationId: string): Promise<void> {
  await session.query(sql`delete from oauth_artifacts
    where grant_id in (select id from oauth_grants where application_id = ${applicationId})`);
}

/** Signs the account out of a browser session of the OpenID provider. The session itself stays. */
export async function clearAccount(session: Session, uid: string): Promise<void> {
  await session.query(sql`update oauth_artifacts
    set payload = payload - '{accountId,loginTs,amr,acr,authorizations}'::text[]
    where kind = 'Session' and uid = ${uid}`);
}

/** Deletes expired artifacts. */
export async function pruneArtifacts(session: Session, now: Date): Promise<void> {
  await session.query(sql`delete from oauth_artifacts where expires_at < ${now}`);
}
