import { Field, Int, ObjectType } from 'type-graphql';
import type { Principal } from '../../access/principal.js';
import type { Store } from '../../access/store.js';
import { write } from '../../access/write.js';
import { newId } from '../../kernel/ids.js';
import type { Outbound } from '../../outbound/outbound.js';
import { lockEndpoint } from './manage-endpoints.js';
import { signedHeaders } from './message.js';
import { post } from './post.js';

@ObjectType('TestDelivery', { simpleResolvers: true, description: 'Result of a test message.' })
export class TestDelivery {
  @Field(() => Boolean, { description: 'True if the endpoint accepted the message.' })
  delivered: boolean;
  @Field(() => Int, { nullable: true, description: 'HTTP status of the response. Null if there was none.' })
  status: number | null;
  @Field(() => Int, {
    description: 'Time in milliseconds from the connection to the response or failure, at most 10 seconds.',
  })
  durationMs: number;
  @Field(() => String, { nullable: true, description: 'Reason of the failure. Null if there was none.' })
  error: string | null;
  @Field(() => String, { nullable: true, description: 'First kilobyte of the response. Null if there was none.' })
  answer: string | null;
}

/**
 * Posts a signed message of type `webhook.test` immediately, outside the queue. It has no position, and a failure does
 * not affect the endpoint's state. It distinguishes an unreachable endpoint from one that rejects a certain event.
 *
 * @throws NotFound, Forbidden
 */
export async function sendTestEvent(
  store: Store,
  principal: Principal,
  outbound: Outbound,
  id: string,
): Promise<TestDelivery> {
  const endpoint = await write(store, principal, (tx) => lockEndpoint(tx, id));
  const occurredAt = store.now();
  const body = JSON.stringify({
    id: newId('evt'),
    type: 'webhook.test',
    timestamp: occurredAt,
    organizationId: endpoint.organizationId,
    occurredAt,
    subject: { type: 'webhook', id: endpoint.id },
    data: {},
    schemaVersion: 1,
  });
  const message = { id: `msg_${newId('evt').slice(4)}`, body, contentType: 'application/json' };
  return post(
    { outbound, now: store.now },
    { url: endpoint.url, headers: signedHeaders(store, endpoint, message), body },
  );
}
