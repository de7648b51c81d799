import { Arg, Args, Ctx, Field, FieldResolver, ID, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { isAllowed } from '../../../access/authorize.js';
import { Organization } from '../../../directory/organizations/organization.js';
import type { OrganizationId } from '../../../kernel/ids.js';
import { NodeInterface } from '../../../kernel/node.js';
import { type AttentionKind, attentionKinds, type Severity, severities } from '../../../overview/attention-kinds.js';
import { type AttentionFacts, attentionIn } from '../../../overview/find-attention.js';
import { sql } from '../../../storage/sql.js';
import type { Context } from '../context.js';
import { ownerOf } from '../events/log-owner.js';
import { countedPageTypes } from '../lists/pages.js';
import { type BothWays, Forward, pageBy } from '../lists/paging.js';
import { loadKnown } from '../nodes.js';

@ObjectType('AttentionItem', {
  simpleResolvers: true,
  description: 'Something that needs the attention of an operator.',
})
export class AttentionItem implements AttentionFacts {
  organizationId: OrganizationId | null;
  subjectId: string;
  urgency: string;
  @Field(() => ID, { description: 'Id of the item, the same while its cause lasts. `node` does not know it.' })
  id: string;
  @Field(() => attentionKinds, { description: 'Determines the meaning of `count`, `dueAt` and `subject`.' })
  kind: AttentionKind;
  @Field(() => severities, {
    description: 'Urgency now: an item that expires becomes more urgent as `dueAt` comes closer.',
  })
  severity: Severity;
  @Field(() => Date, { description: 'Time at which the cause began.' })
  since: Date;
  @Field(() => Date, {
    nullable: true,
    description: 'Time of the expiry or other effect. It can be in the past. Null if there is none.',
  })
  dueAt: Date | null;
  @Field(() => Date, {
    nullable: true,
    description:
      'Time at which the item was no longer found, in `attentionChanged`. Null in `attention`, which contains open items only.',
  })
  resolvedAt?: Date | null;
  @Field(() => Int, { description: 'Number of affected objects, as the kind defines it.' })
  count: number;
  @Field(() => String, { description: 'Description of the cause, and the next step.' })
  message: string;
  @Field(() => String, {
    nullable: true,
    description: 'Name of the mutation that resolves the item. Null if no single mutation does.',
  })
  action: string | null;
}

export const AttentionPage = countedPageTypes('AttentionItem', AttentionItem);

const mostUrgentFirst = {
  sql: sql`i.urgency`,
  type: 'text',
  idSql: sql`i.id`,
  descending: false,
  valueOf: ({ urgency }: AttentionItem) => urgency,
} as const;

@Resolver(() => AttentionItem)
export class AttentionResolver {
  @Query(() => AttentionPage, {
    nullable: true,
    description:
      'What needs attention, the most urgent first: CRITICAL, WARNING, INFO, and within each the earliest `dueAt` or `since`. Platform keys see all organizations and the platform, other callers their organization. Items of objects that the caller cannot read are left out.',
  })
  async attention(
    @Args(() => Forward) args: Forward,
    @Ctx() context: Context,
    @Arg('organizationId', () => ID, {
      nullable: true,
      description: 'Organization of the items. Default: all organizations of the caller.',
    })
    organizationId?: string,
    @Arg('kinds', () => [attentionKinds], { nullable: true, description: 'Kinds of the items. Default: all.' })
    kinds?: AttentionKind[],
    @Arg('severity', () => [severities], { nullable: true, description: 'Severities of the items. Default: all.' })
    severity?: Severity[],
  ) {
    const { store } = context;
    const principal = await ownerOf(context, organizationId);
    await context.services.requests.flush();
    const found = attentionIn(store.database, principal, { now: store.now(), kinds, severity });
    return pageBy<AttentionItem>(args as BothWays, mostUrgentFirst, found);
  }

  @FieldResolver(() => Organization, {
    nullable: true,
    description: 'Organization of the subject. Null for an object of the platform.',
  })
  async organization(@Root() { organizationId }: AttentionItem, @Ctx() context: Context): Promise<Organization | null> {
    if (!organizationId || !isAllowed(context, 'organization.read', { organizationId })) return null;
    return context.loaders.organization.load({ organizationId, id: organizationId });
  }

  @FieldResolver(() => NodeInterface, {
    nullable: true,
    description: 'Object that needs attention. Null if it was deleted meanwhile.',
  })
  subject(@Root() { organizationId, subjectId: id }: AttentionItem, @Ctx() context: Context): Promise<object | null> {
    return loadKnown(context, { organizationId, id });
  }
}
