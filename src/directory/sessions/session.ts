import { Field, ID, ObjectType } from 'type-graphql';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { authorize } from '../../access/authorize.js';
import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import { typeId } from '../../kernel/descriptions.js';
import type { ConnectionId, OrganizationId, SessionId, UserId } from '../../kernel/ids.js';
import { newId } from '../../kernel/ids.js';
import { NodeInterface } from '../../kernel/node.js';
import { hashSecret, newSecret } from '../../kernel/secrets.js';
import { create } from '../../storage/rows.js';
import { type Sql, sql } from '../../storage/sql.js';

/** Time after the sign-in at which a session ends, in seconds. There is no limit of idle time. */
export const sessionSeconds = 12 * 60 * 60;

/** Session of a user, created by a sign-in. */
@Entity('sessions')
@ForeignKey('users', ['organizationId', 'userId'], ['organizationId', 'id'], { onDelete: 'CASCADE' })
@Index('sessions_by_id', ['id'])
@Index('sessions_connection', ['organizationId', 'connectionId'], { where: 'ended_at IS NULL' })
@Index('sessions_user', ['organizationId', 'userId'], { where: 'ended_at IS NULL' })
@Index('sessions_expiry', ['expiresAt'])
@ObjectType('Session', {
  simpleResolvers: true,
  implements: NodeInterface,
  description: 'A valid session of a user.',
})
export class SignInSession {
  @PrimaryColumn('text', { collation: 'C' })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId;

  @PrimaryColumn('text', { collation: 'C' })
  @Field(() => ID, { description: typeId('ses') })
  id: SessionId;

  @Column({ type: 'text', collation: 'C' })
  userId: UserId;

  @Column({ type: 'text', collation: 'C', nullable: true })
  connectionId: ConnectionId | null;

  @Column('bytea', { unique: true })
  hash: Buffer;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date, { description: 'Time of the sign-in that started the session.' })
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date, {
    description: `End of the session unless it is revoked before: ${sessionSeconds / 3_600} hours after the sign-in.`,
  })
  expiresAt: Date;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  endedAt: Date | null;

  @Column('text', { nullable: true })
  @Field(() => String, {
    nullable: true,
    description: 'IP address of the browser at the sign-in. Null for a sign-in with an ID token.',
  })
  ipAddress: string | null;

  @Column('text', { nullable: true })
  @Field(() => String, {
    nullable: true,
    description: 'User-Agent header of the browser at the sign-in. Null for a sign-in with an ID token.',
  })
  userAgent: string | null;

  @Column({ type: 'text', collation: 'C', nullable: true })
  @Field(() => String, {
    nullable: true,
    description: 'Id of the application that the user first signed in to. Null if there is none.',
  })
  clientId: string | null;

  @Column('text', { array: true, nullable: true })
  amr: string[] | null;
  @Column('text', { nullable: true })
  acr: string | null;
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  authTime: Date | null;

  /** Session id of the IdP, by which the IdP ends this session. */
  @Column({ type: 'text', collation: 'C', nullable: true })
  idpSession: string | null;

  /** NameID and its format, verbatim from the SAML IdP, for its single logout. */
  @Column({ type: 'text', collation: 'C', nullable: true })
  idpSubject: string | null;

  /** Folded email address from the IdP's assertion. */
  @Column({ type: 'text', collation: 'C', nullable: true })
  idpEmailKey: string | null;

  /** True if the IdP verified that address in a way that the connection accepts. */
  @Column('boolean', { nullable: true })
  idpEmailVerified: boolean | null;
}

/** Properties of a session at its start. */
export interface NewSession {
  decisionRow?: string;
  ipAddress: string | null;
  userAgent: string | null;
  clientId: string | null;
  authentication: {
    acr: string | null;
    amr: string[];
    at: Date | null;
    idpSession: string | null;
    idpSubject?: string | null;
  } | null;
  /** Folded email address of the assertion, and whether the IdP verified it. */
  idpEmail?: { key: string; verified: boolean } | null;
}

/**
 * Starts a session. The caller must have locked the user's row, so that the user cannot be deactivated concurrently.
 */
export async function startSession(tx: Tx, userId: UserId, connectionId: ConnectionId, how: NewSession) {
  authorize(tx, 'session.start', { organizationId: tx.organizationId, connectionId });
  const { decisionRow, authentication, clientId } = how;
  const accessToken = newSecret('session');
  const session = create(SignInSession, {
    organizationId: tx.organizationId,
    id: newId('ses'),
    userId,
    connectionId,
    hash: hashSecret(accessToken),
    createdAt: tx.now,
    expiresAt: new Date(tx.now.getTime() + 1_000 * sessionSeconds),
    endedAt: null,
    ipAddress: how.ipAddress,
    userAgent: how.userAgent?.slice(0, 512) ?? null,
    clientId,
    acr: authentication?.acr ?? null,
    amr: authentication?.amr ?? null,
    // Null if the IdP sent none: OpenID Connect Core section 2 defines it as the time of the authentication, not of the
    // response.
    authTime: authentication?.at ?? null,
    idpSession: authentication?.idpSession ?? null,
    idpSubject: authentication?.idpSubject ?? null,
    idpEmailKey: how.idpEmail?.key ?? null,
    idpEmailVerified: how.idpEmail?.verified ?? null,
  });
  await tx.session.insert(SignInSession, session);
  const data = { id: session.id, userId, connectionId, clientId, expiresAt: session.expiresAt, decisionRow };
  tx.emit({ type: 'session.started', subject: { type: 'user', id: userId }, connectionId, data });
  return { session, accessToken };
}

/** Ends all sessions of a user whose row the caller has locked. Returns the number of ended sessions. */
export async function endSessions(tx: Tx, userId: UserId): Promise<number> {
  return (await endSessionsWhere(tx, sql`user_id = ${userId}`)).length;
}

/** Ends all sessions of users whose rows the caller has locked. Returns the number of ended sessions of each user. */
export async function endSessionsOf(tx: Tx, userIds: readonly UserId[]): Promise<Map<UserId, number>> {
  const counts = new Map<UserId, number>();
  if (userIds.length === 0) return counts;
  for (const { userId } of await endSessionsWhere(tx, sql`user_id = any(${userIds})`))
    counts.set(userId, (counts.get(userId) ?? 0) + 1);
  return counts;
}

/** Ends all sessions that a connection has started. Returns the ended sessions with their users. */
export const endSessionsThrough = (tx: Tx, connectionId: ConnectionId): Promise<EndedSession[]> =>
  endSessionsWhere(tx, sql`connection_id = ${connectionId}`);

/** Ends these sessions. Returns only those that had not ended before. */
export const endSessionsById = (tx: Tx, ids: readonly string[]): Promise<EndedSession[]> =>
  endSessionsWhere(tx, sql`id = any(${ids})`);

/** Ends all sessions of the organization. */
export const endAllSessions = (tx: Tx): Promise<EndedSession[]> => endSessionsWhere(tx, sql`true`);

export type EndedSession = Pick<SignInSession, 'id' | 'userId'>;

// The grants of applications end with their session, because each lookup of a grant also checks the session. Logout
// notices for the applications are stored in the same transaction.
async function endSessionsWhere(tx: Tx, condition: Sql): Promise<EndedSession[]> {
  const scope = scopeOf(tx);
  const ended = await tx.session.query<EndedSession>(
    sql`with ended as (
        update sessions set ended_at = ${tx.now}
        where organization_id = ${scope} and ended_at is null and expires_at > ${tx.now} and ${condition}
        returning id, user_id
      ), noted as (
        insert into logout_notices (organization_id, session_id, application_id, user_id, next_at)
        select distinct ${scope}, ended.id, g.application_id, ended.user_id, ${tx.now}::timestamptz
        from ended
        join oauth_grants g on g.organization_id = ${scope} and g.session_id = ended.id
        join applications a on a.id = g.application_id and a.backchannel_logout_uri is not null
        on conflict do nothing
      )
      select id, user_id as "userId" from ended`,
  );
  if (ended.length > 0) tx.credentialsChanged = true;
  return ended;
}
