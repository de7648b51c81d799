import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A code, token, interaction or browser session of the OpenID provider, stored by the hash of its value. */
@Entity('oauth_artifacts')
@Index('oauth_artifacts_expiry', ['expiresAt'])
@Index('oauth_artifacts_grant', ['grantId'], { where: 'grant_id IS NOT NULL' })
@Index('oauth_artifacts_uid', ['uid'], { where: 'uid IS NOT NULL' })
export class OAuthArtifact {
  /** The name of the model in the library. */
  @PrimaryColumn('text')
  kind: string;

  @PrimaryColumn('bytea')
  hash: Buffer;

  @Column('jsonb')
  payload: Record<string, unknown>;

  /** The grant of the artifact. */
  @Column({ type: 'text', collation: 'C', nullable: true })
  grantId: string | null;

  /** The id by which an interaction or browser session is found. */
  @Column({ type: 'text', collation: 'C', nullable: true })
  uid: string | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  consumedAt: Date | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  expiresAt: Date | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  reusedAt: Date | null;
}
