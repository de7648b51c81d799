import { Field, ID, ObjectType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ConnectionId, OrganizationId, SessionId, UserId } from '../ids.js';
import { newId } from '../ids.js';
import { NodeInterface } from '../node.js';
import { authorize } from './authorize.js';
import { hashSecret, newSecret } from './secrets.js';
import type { Tx } from './write.js';

const lifetimeMs = 12 * 60 * 60 * 1000;

/** One sign-in that is still valid. */
@Entity('sessions')
@ObjectType('Session', {
  simpleResolvers: true,
  implements: NodeInterface,
  description: 'One sign-in that is still valid.',
})
export class SignInSession {
  @PrimaryColumn('text')
  organizationId: OrganizationId;

  @PrimaryColumn('text')
  @Field(() => ID)
  id: SessionId;

  @Column('text')
  userId: UserId;

  @Column('text', { nullable: true })
  connectionId: ConnectionId | null;

  @Column('bytea')
  hash: Buffer;

  @Column('timestamptz')
  @Field(() => Date)
  createdAt: Date;

  @Column('timestamptz')
  @Field(() => Date)
  expiresAt: Date;

  @Column('timestamptz', { nullable: true })
  endedAt: Date | null;
}

/** Starts a session of a user whose row the caller holds locked, so that a deactivation cannot slip in between. */
export async function startSession(tx: Tx, userId: UserId, connectionId: ConnectionId) {
  authorize(tx, 'session.start', { organizationId: tx.organizationId, connectionId });
  const accessToken = newSecret('session');
  const session = Object.assign(new SignInSession(), {
    organizationId: tx.organizationId,
    id: newId('ses'),
    userId,
    connectionId,
    hash: hashSecret(accessToken),
    createdAt: tx.now,
    expiresAt: new Date(tx.now.getTime() + lifetimeMs),
    endedAt: null,
  });
  await tx.session.insert(SignInSession, session);
  const data = { id: session.id, userId, connectionId, expiresAt: session.expiresAt };
  tx.emit({ type: 'session.started', subject: { type: 'user', id: userId }, connectionId, data });
  return { session, accessToken };
}

/** Ends every session of a user whose row the caller holds locked. Returns how many there were. */
export async function endSessions(tx: Tx, userId: UserId): Promise<number> {
  const ended = await tx.session.query(
    `update sessions set ended_at = $3 where organization_id = $1 and user_id = $2 and ended_at is null
     and expires_at > $3 returning id`,
    [tx.organizationId, userId, tx.now],
  );
  if (ended.length > 0) tx.credentialsChanged = true;
  return ended.length;
}
