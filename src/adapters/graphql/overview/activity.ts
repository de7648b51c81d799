import { Arg, Ctx, Field, ID, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { enter } from '../../../authentication/enter.js';
import { NotFound } from '../../../kernel/errors.js';
import {
  type ActivityFacts,
  type ActivityStep,
  activityIn,
  activitySteps,
  type Counts,
  maximumBuckets,
} from '../../../overview/activity.js';
import type { Context } from '../context.js';
import { ownerOf } from '../events/log-owner.js';

@ObjectType('ActivityCounts', { simpleResolvers: true, description: 'Numbers of events and requests in a time range.' })
export class ActivityCounts implements Counts {
  @Field(() => Int, { description: 'Number of USER_PROVISIONED events.' })
  provisioned: number;
  @Field(() => Int, { description: 'Number of USER_UPDATED events.' })
  updated: number;
  @Field(() => Int, { description: 'Number of USER_DEPROVISIONED events.' })
  deprovisioned: number;
  @Field(() => Int, { description: 'Number of USER_REACTIVATED events.' })
  reactivated: number;
  @Field(() => Int, { description: 'Number of started sessions.' })
  signIns: number;
  @Field(() => Int, { description: 'Number of refused sign-ins that emitted an event.' })
  signInsDenied: number;
  @Field(() => Int, { description: 'Number of SCIM requests in the request log.' })
  requests: number;
  @Field(() => Int, { description: 'Number of these requests that were refused (status 400 or higher).' })
  requestsRefused: number;
}

@ObjectType('ActivityBucket', { simpleResolvers: true, description: 'Activity in a part of a time range.' })
export class ActivityBucket {
  @Field(() => Date, { description: 'Beginning of the bucket. It ends where the next one begins, or at `to`.' })
  from: Date;
  @Field(() => ActivityCounts, { description: 'Numbers of events and requests from `from` to the end of the bucket.' })
  counts: ActivityCounts;
}

@ObjectType('Activity', { simpleResolvers: true, description: 'Activity in a time range.' })
export class Activity implements ActivityFacts {
  @Field(() => [ActivityBucket], { description: 'Buckets in order, also those without activity.' })
  buckets: ActivityBucket[];
  @Field(() => ActivityCounts, { description: 'Sums of the numbers of all buckets.' })
  totals: ActivityCounts;
}

@Resolver()
export class ActivityResolver {
  @Query(() => Activity, {
    nullable: true,
    description: `Numbers of events, sign-ins and SCIM requests by time, at most ${maximumBuckets} buckets. They are counted in the event log and the request log, as far as these are kept. Platform keys see all organizations, other callers their own.`,
  })
  async activity(
    @Arg('from', () => Date, { description: 'Beginning of the first bucket.' }) from: Date,
    @Arg('to', () => Date, { description: 'End of the range, which is not part of it.' }) to: Date,
    @Arg('step', () => activitySteps, { description: 'Length of a bucket. The last one can be shorter.' })
    step: ActivityStep,
    @Ctx() context: Context,
    @Arg('organizationId', () => ID, {
      nullable: true,
      description: 'Organization of the activity. Default: all organizations of the caller.',
    })
    organizationId?: string,
    @Arg('connectionId', () => ID, {
      nullable: true,
      description: 'Connection of the activity. Default: activity with and without a connection.',
    })
    connectionId?: string,
  ): Promise<Activity> {
    const { store } = context;
    let principal = await ownerOf(context, organizationId);
    if (connectionId != null) {
      principal = await enter(store, principal, 'conn', connectionId);
      const home = principal.organizationId;
      const connection = home && (await context.loaders.connection.load({ organizationId: home, id: connectionId }));
      if (!connection) throw new NotFound('connection');
    }
    await context.services.requests.flush();
    return activityIn(store.database, principal, { from, to, step, connectionId: connectionId ?? null });
  }
}
