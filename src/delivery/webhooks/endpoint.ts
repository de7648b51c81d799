import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { type EventType, eventTypes } from '../../events/types.js';
import type { OrganizationId, WebhookEndpointId } from '../../kernel/ids.js';
import { NodeInterface } from '../../kernel/node.js';
import type { Sealed } from '../../kernel/vault.js';

export const webhookStates = { ACTIVE: 'ACTIVE', PAUSED: 'PAUSED', FAILING: 'FAILING' } as const;
export type WebhookState = keyof typeof webhookStates;
registerEnumType(webhookStates, {
  name: 'WebhookState',
  description: 'FAILING endpoints are still tried, every hour; PAUSED ones are not. Nothing is lost meanwhile.',
});

export const webhookFormats = {
  JSON: 'JSON',
  SCIM_EVENTS: 'SCIM_EVENTS',
  SHARED_SIGNALS: 'SHARED_SIGNALS',
} as const;
export type WebhookFormat = keyof typeof webhookFormats;
registerEnumType(webhookFormats, {
  name: 'WebhookFormat',
  description:
    'JSON by the Standard Webhooks rules, or security event tokens (RFC 8417) pushed by RFC 8935: SCIM provisioning events (RFC 9967), or the CAEP and RISC events of Shared Signals.',
});

/** Signing secret of an endpoint. */
export interface EndpointSecret {
  sealed: Sealed;
  /** Null for the newest secret. A previous secret also signs until this time. */
  until: string | null;
}

/** Cursor over a log whose events are posted to a URL. Without an organization, over the log of all organizations. */
@Entity('webhook_endpoints')
@Index('webhook_endpoints_organization', ['organizationId'])
@ObjectType('WebhookEndpoint', {
  simpleResolvers: true,
  implements: NodeInterface,
  description: 'A durable cursor over the log whose events are posted to a URL, in order and at least once.',
})
export class WebhookEndpoint {
  @Column({ type: 'text', collation: 'C', nullable: true })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId | null;

  @PrimaryColumn('text', { collation: 'C' })
  @Field(() => ID)
  id: WebhookEndpointId;

  @Column('text')
  @Field(() => String)
  url: string;

  @Column('text', { array: true })
  @Field(() => [eventTypes], { description: 'Which events are sent; empty for all.' })
  types: EventType[];

  @Column('text')
  @Field(() => webhookFormats)
  format: WebhookFormat;

  @Column('text', { nullable: true })
  @Field(() => String, { nullable: true, description: 'The `aud` of security event tokens; the URL unless set.' })
  audience: string | null;

  @Column('text')
  @Field(() => webhookStates)
  state: WebhookState;

  @Column('jsonb')
  sealed: EndpointSecret[];

  /** Position up to which all events are delivered; a `seq` for a platform endpoint. */
  @Column('bigint')
  place: number;

  /** Number of failed attempts to deliver the next event. */
  @Column('integer', { default: 0 })
  attempts: number;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  @Field(() => Date, { nullable: true, description: 'Since when nothing gets through.' })
  failingSince: Date | null;

  @Column({ type: 'timestamptz', precision: 3 })
  nextAt: Date;

  @Column('text', { nullable: true })
  @Field(() => String, { nullable: true })
  lastError: string | null;

  /**
   * Fencing number. Each new lease and each change by an operator increases it and invalidates writes of earlier
   * leases.
   */
  @Column('bigint', { default: 0 })
  fence: number;

  /**
   * End of the current lease. The column is not read or written with the row: only statements that check the lease
   * change it.
   */
  @Column('timestamptz', { default: '-infinity', select: false })
  leaseUntil?: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date)
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  updatedAt: Date;
}

/** Returns the row and column that the secrets of an endpoint are encrypted for. */
export const placeOfSecret = ({ id }: Pick<WebhookEndpoint, 'id'>): string => `webhook_endpoints.${id}`;
