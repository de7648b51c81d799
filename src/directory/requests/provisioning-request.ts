import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { ConnectionId, OrganizationId, RequestId } from '../../kernel/ids.js';
import { JsonScalar, NodeInterface } from '../../kernel/node.js';
import type { NewRow } from '../../storage/rows.js';

export const protocols = { SCIM: 'SCIM', OIDC: 'OIDC', SAML: 'SAML' } as const;
export type Protocol = keyof typeof protocols;
registerEnumType(protocols, { name: 'Protocol', description: 'What the IdP spoke.' });

/** Returns the JSON value of a stored text; the text itself if it is not JSON. */
function parsed(text: string | null): unknown {
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A request before it is in the log. */
export type NewRequest = Omit<NewRow<ProvisioningRequest>, 'id'>;

/** A request of an IdP in the request log. It never contains secrets or passwords. */
@Entity('provisioning_requests')
@ForeignKey('connections', ['organizationId', 'connectionId'], ['organizationId', 'id'], { onDelete: 'CASCADE' })
@Index('provisioning_requests_by_id', ['id'])
@Index('provisioning_requests_connection', ['organizationId', 'connectionId', 'id'])
@Index('provisioning_requests_user', ['organizationId', 'userId', 'at'], { where: 'user_id IS NOT NULL' })
@ObjectType('ProvisioningRequest', {
  simpleResolvers: true,
  implements: NodeInterface,
  description: 'One request of an IdP. Passwords and secrets are taken out before it is kept.',
})
export class ProvisioningRequest {
  @PrimaryColumn('text', { collation: 'C' })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId;

  @PrimaryColumn('text', { collation: 'C' })
  @Field(() => ID)
  id: RequestId;

  @Column({ type: 'text', collation: 'C' })
  connectionId: ConnectionId;

  @Column('text')
  @Field(() => protocols)
  protocol: Protocol;

  @Column('text')
  @Field(() => String)
  method: string;

  @Column('text')
  @Field(() => String, { description: "Below the connection's base URL, with the query." })
  path: string;

  @Column('integer')
  @Field(() => Int)
  status: number;

  @Column('integer')
  @Field(() => Int)
  durationMs: number;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date)
  at: Date;

  @Column('text', { nullable: true, name: 'request_body' })
  requestText: string | null;

  @Column('text', { nullable: true, name: 'response_body' })
  responseText: string | null;

  @Column('text', { nullable: true })
  @Field(() => String, {
    nullable: true,
    description: 'Of a refused request: what the IdP was told. Of a refused sign-in: the cause, and what to change.',
  })
  error: string | null;

  @Column('text', { array: true })
  @Field(() => [String], {
    description:
      "Tolerances of the provider's dialect that were applied, and what was asked for and not done: `pendingMember ID`, `roleNotGrantable NAME`.",
  })
  quirks: string[];

  @Column({ type: 'text', collation: 'C', nullable: true })
  userId: string | null;

  @Column({ type: 'text', collation: 'C' })
  @Field(() => String, {
    description: 'Id that pages, the server log, events and `request_id` at the redirect URI of applications show.',
  })
  requestId: string;

  @Column('bigint', { nullable: true })
  firstPosition: number | null;

  @Column('bigint', { nullable: true })
  lastPosition: number | null;

  @Field(() => JsonScalar, { nullable: true })
  get requestBody(): unknown {
    return parsed(this.requestText);
  }
  @Field(() => JsonScalar, { nullable: true })
  get responseBody(): unknown {
    return parsed(this.responseText);
  }
}
