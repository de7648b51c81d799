import { Field, ID, Int, ObjectType } from 'type-graphql';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { typeId } from '../../kernel/descriptions.js';
import type { ConnectionId, OrganizationId, RequestId } from '../../kernel/ids.js';
import { enumType, JsonScalar, NodeInterface } from '../../kernel/node.js';
import type { NewRow } from '../../storage/rows.js';

export const protocols = enumType('Protocol', "Protocol of an IdP's request.", {
  SCIM: 'Provisioning through SCIM 2.0.',
  OIDC: 'Sign-in through OpenID Connect.',
  SAML: 'Sign-in through SAML 2.0.',
});
export type Protocol = keyof typeof protocols;

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
@Index('provisioning_requests_by_request', ['requestId'])
@Index('provisioning_requests_connection', ['organizationId', 'connectionId', 'id'])
@Index('provisioning_requests_written', ['connectionId', 'writtenIn'])
@Index('provisioning_requests_user', ['organizationId', 'userId', 'at'], { where: 'user_id IS NOT NULL' })
@ObjectType('ProvisioningRequest', {
  simpleResolvers: true,
  implements: NodeInterface,
  description: 'A logged request of an IdP. Passwords and secrets are removed before it is stored.',
})
export class ProvisioningRequest {
  @PrimaryColumn('text', { collation: 'C' })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId;

  @PrimaryColumn('text', { collation: 'C' })
  @Field(() => ID, { description: typeId('req') })
  id: RequestId;

  @Column({ type: 'text', collation: 'C' })
  connectionId: ConnectionId;

  @Column('text')
  @Field(() => protocols, { description: 'SCIM for a provisioning request, OIDC or SAML for a sign-in.' })
  protocol: Protocol;

  @Column('text')
  @Field(() => String, { description: 'HTTP method, such as PATCH.' })
  method: string;

  @Column('text')
  @Field(() => String, { description: "Path relative to the connection's base URL, with the query." })
  path: string;

  @Column('integer')
  @Field(() => Int, {
    description: 'HTTP status of the response. For a sign-in, 200 if the user was signed in and 403 if not.',
  })
  status: number;

  @Column('integer')
  @Field(() => Int, { description: 'Time in milliseconds from the arrival of the request to its response.' })
  durationMs: number;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date, {
    description: 'Time at which the server had handled the request, `durationMs` after its arrival.',
  })
  at: Date;

  @Column('text', { nullable: true, name: 'request_body' })
  requestText: string | null;

  @Column('text', { nullable: true, name: 'response_body' })
  responseText: string | null;

  @Column('text', { nullable: true })
  @Field(() => String, {
    nullable: true,
    description:
      'Error that a rejected request received, or the cause of a rejected sign-in and how to fix it. Null if there was none.',
  })
  error: string | null;

  @Column('text', { array: true })
  @Field(() => [String], {
    description:
      "Tolerances of the provider's dialect that were applied, and parts of the request that were not executed: `pendingMember ID`, `roleNotGrantable NAME`.",
  })
  quirks: string[];

  @Column({ type: 'text', collation: 'C', nullable: true })
  userId: string | null;

  @Column({ type: 'text', collation: 'C' })
  @Field(() => String, {
    description:
      'Id of the request in pages, the server log, events, and `request_id` at the redirect URI of applications.',
  })
  requestId: string;

  @Column('bigint', { nullable: true })
  firstPosition: number | null;

  @Column('bigint', { nullable: true })
  lastPosition: number | null;

  /**
   * Id of the transaction that wrote the entry, assigned by the database. Null for entries that are older than the
   * column. The column is not read or written with the row: `read-new-requests.ts` compares it.
   */
  @Column('bigint', { nullable: true, select: false, default: () => 'txid_current()' })
  writtenIn?: number | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description:
      'Body without secrets; the claims or attributes of a sign-in. Null if there is none. A body of more than 65,536 characters is replaced by `{"omitted": "..."}`.',
  })
  get requestBody(): unknown {
    return parsed(this.requestText);
  }
  @Field(() => JsonScalar, {
    nullable: true,
    description:
      'Body without secrets; the decision of a sign-in. Null if there is none. A body of more than 65,536 characters is replaced by `{"omitted": "..."}`.',
  })
  get responseBody(): unknown {
    return parsed(this.responseText);
  }
}
