import { Arg, ID, Resolver, Root, Subscription } from 'type-graphql';
import type { Context } from '../context.js';
import { ownerOf } from '../events/log-owner.js';
import { AttentionItem } from './attention.js';

/** Yields the items that change. @throws NotFound, Forbidden */
async function follow(context: Context, { organizationId }: { organizationId?: string | null }) {
  const { services, socket } = context;
  const principal = await ownerOf(context, organizationId);
  return services.live.attention.follow(principal, socket?.signal ?? new AbortController().signal);
}

@Resolver(() => AttentionItem)
export class AttentionSubscriptions {
  @Subscription(() => AttentionItem, {
    description:
      'Items of `attention` that appear, that change, or that are resolved (`resolvedAt`). Best effort: the 1,000 most urgent items are compared every five seconds, and changes between two comparisons are sent as one. The subscription has no cursor. After a reconnect, read `attention` again. A subscriber that reads too slowly receives SLOW_CONSUMER. Callers see the items that they see in `attention`.',
    subscribe: ({ args, context }: { args: unknown; context: unknown }) =>
      follow(context as Context, args as { organizationId?: string | null }),
  })
  attentionChanged(
    @Root() item: AttentionItem,
    @Arg('organizationId', () => ID, {
      nullable: true,
      description: 'Organization of the items. Default: all organizations of the caller.',
    })
    _organizationId?: string,
  ): AttentionItem {
    return item;
  }
}
