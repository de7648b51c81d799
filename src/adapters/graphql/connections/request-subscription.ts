import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Resolver, Root, Subscription } from 'type-graphql';
import { findConnection } from '../../../directory/connections/find-connections.js';
import { ProvisioningRequest } from '../../../directory/requests/provisioning-request.js';
import type { Context } from '../context.js';
import { checkFilter } from '../events/event-filter.js';
import { IdArg } from '../id-arg.js';
import { objectFields } from '../lists/selected-fields.js';
import { ProvisioningRequestFilter } from './request-filter.js';

interface Given {
  connectionId: string;
  filter?: ProvisioningRequestFilter | null;
}

/** Yields new entries of the request log of one connection. @throws NotFound, Forbidden, BadInput */
async function follow(context: Context, { connectionId, filter }: Given, info: GraphQLResolveInfo) {
  const read = await context.read('conn', connectionId);
  const connection = await findConnection(read, connectionId);
  const criteria = filter ?? {};
  checkFilter(criteria);
  const fields = objectFields(info);
  const withBodies = fields.has('requestBody') || fields.has('responseBody');
  const signal = context.socket?.signal ?? new AbortController().signal;
  return context.services.live.requests.follow(read, connection, { criteria, withBodies, signal });
}

@Resolver(() => ProvisioningRequest)
export class RequestSubscriptions {
  @Subscription(() => ProvisioningRequest, {
    description:
      'Requests that an IdP sends, as they are logged on any node: usually within a second. Best effort: each request is sent at most once, and requests of several nodes can be in another order than their ids. A request that is not logged is not sent. A subscriber that reads too slowly receives SLOW_CONSUMER. The subscription has no cursor. After a reconnect it continues with new requests: read the missed ones with `Connection.requests`, and recognize repeated ones by `id`. A connection that does not exist, or that the caller cannot read, is refused as in `Query.connection`: with NOT_FOUND or FORBIDDEN.',
    subscribe: ({ args, context, info }: { args: unknown; context: unknown; info: GraphQLResolveInfo }) =>
      follow(context as Context, args as Given, info),
  })
  requestReceived(
    @Root() request: ProvisioningRequest,
    @IdArg('conn', 'connectionId') _connectionId: string,
    @Arg('filter', () => ProvisioningRequestFilter, {
      nullable: true,
      description: 'Conditions for the requests. Default: all requests.',
    })
    _filter?: ProvisioningRequestFilter,
  ): ProvisioningRequest {
    return request;
  }
}
