import { Field, ID, ObjectType } from 'type-graphql';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { type EventType, eventTypes } from '../../events/types.js';
import { typeId } from '../../kernel/descriptions.js';
import type { OrganizationId, WebhookEndpointId } from '../../kernel/ids.js';
import { enumType, NodeInterface } from '../../kernel/node.js';
import type { Sealed } from '../../kernel/vault.js';

export const webhookStates = enumType('WebhookState', 'State of a webhook endpoint. No state loses events.', {
  ACTIVE: 'Events are delivered.',
  PAUSED: 'Delivery is stopped until the endpoint is ACTIVE again.',
  FAILING: 'No delivery has succeeded for `WEBHOOK_FAILING_HOURS`. Delivery is tried once an hour.',
});
export type WebhookState = keyof typeof webhookStates;

export const webhookFormats = enumType('WebhookFormat', 'Determines the body and the signature of webhook messages.', {
  JSON: 'JSON, signed as specified by Standard Webhooks.',
  SCIM_EVENTS: 'Security event tokens (RFC 8417, pushed by RFC 8935) with SCIM provisioning events (RFC 9967).',
  SHARED_SIGNALS: 'Security event tokens (RFC 8417, pushed by RFC 8935) with CAEP and RISC events.',
});
export type WebhookFormat = keyof typeof webhookFormats;

/** Signing secret of an endpoint. */
export interface EndpointSecret {
  sealed: Sealed;
  /** Null for the newest secret. A previous secret also signs until this time. */
  until: string | null;
}

/** Cursor over a log whose events are posted to a URL. Without an organization, over the log of all organizations. */
@Entity('webhook_endpoints')
@Index('webhook_endpoints_failing', ['failingSince'], { where: "state = 'FAILING'::text" })
@Index('webhook_endpoints_organization', ['organizationId'])
@ObjectType('WebhookEndpoint', {
  simpleResolvers: true,
  implements: NodeInterface,
  description: 'An endpoint to which the events of a log are posted, in order and at least once.',
})
export class WebhookEndpoint {
  @Column({ type: 'text', collation: 'C', nullable: true })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId | null;

  @PrimaryColumn('text', { collation: 'C' })
  @Field(() => ID, { description: typeId('hook') })
  id: WebhookEndpointId;

  @Column('text')
  @Field(() => String, { description: 'URL to which messages are posted. Redirects are not followed.' })
  url: string;

  @Column('text', { array: true })
  @Field(() => [eventTypes], { description: 'Event types to deliver. Empty for all types.' })
  types: EventType[];

  @Column('text')
  @Field(() => webhookFormats, { description: 'Determines the body and the signature of the messages.' })
  format: WebhookFormat;

  @Column('text', { nullable: true })
  @Field(() => String, {
    nullable: true,
    description: 'The `aud` of security event tokens. Null if it is the URL of the endpoint.',
  })
  audience: string | null;

  @Column('text')
  @Field(() => webhookStates, {
    description:
      'Set by `updateWebhookEndpoint`. The server sets FAILING, and PAUSED after a response with status 410.',
  })
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
  @Field(() => Date, {
    nullable: true,
    description: 'Time since which no delivery has succeeded. Null if the last one did.',
  })
  failingSince: Date | null;

  @Column({ type: 'timestamptz', precision: 3 })
  nextAt: Date;

  @Column('text', { nullable: true })
  @Field(() => String, {
    nullable: true,
    description: 'Reason of the last failed attempt. Null if the last attempt succeeded.',
  })
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
  @Field(() => Date, { description: 'Time of the call of `createWebhookEndpoint`.' })
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  updatedAt: Date;
}

/** Returns the row and column that the secrets of an endpoint are encrypted for. */
export const placeOfSecret = ({ id }: Pick<WebhookEndpoint, 'id'>): string => `webhook_endpoints.${id}`;
