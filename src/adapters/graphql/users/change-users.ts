import { Arg, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import { write } from '../../../access/write.js';
import { enter } from '../../../authentication/enter.js';
import { changeUsers, mostUsers, type Selected, type UserChange } from '../../../directory/users/change-users.js';
import { User } from '../../../directory/users/user.js';
import { type UserAction, userActions } from '../../../directory/users/user-actions.js';
import { knownId } from '../../../kernel/descriptions.js';
import { BadInput } from '../../../kernel/errors.js';
import { enumType } from '../../../kernel/node.js';
import { parseFilter } from '../../../scim-model/parse-filter.js';
import type { Context } from '../context.js';
import { UserError, userErrorOf } from '../engine/user-error.js';
import { checkFilter } from '../lists/private-fields.js';
import { UserFilter } from './user-filter.js';

const changeOutcomes = enumType('ChangeOutcome', 'Result of a change of one user.', {
  CHANGED: 'The user was changed.',
  REFUSED: 'The change was refused. The user is unchanged.',
  UNCHANGED: 'The user already was in the requested state.',
});

@InputType({ description: 'A change of many users. Exactly one of `userIds` and `filter` is required.' })
export class ChangeUsersInput {
  @Field(() => ID, { description: knownId('org') })
  organizationId: string;
  @Field(() => [ID], { nullable: true, description: `Ids of the users, at most ${mostUsers}.` })
  userIds?: string[] | null;
  @Field(() => UserFilter, {
    nullable: true,
    description: `Condition that selects the users. It can match at most ${mostUsers}.`,
  })
  filter?: UserFilter | null;
  @Field(() => Int, {
    nullable: true,
    description:
      'Number of users that `filter` must match: fails with CONFLICT if it matches another number. Required with `filter`, except in a dry run.',
  })
  expectedCount?: number | null;
  @Field(() => userActions, {
    description: 'The change. ERASE, PROTECT and UPDATE are refused: these changes are made for one user at a time.',
  })
  action: UserAction;
  @Field(() => [String], { nullable: true, description: 'Required if `action` is GRANT_ROLES or REVOKE_ROLES.' })
  roles?: string[] | null;
  @Field(() => ID, { nullable: true, description: 'Required if `action` is ADD_TO_GROUP or REMOVE_FROM_GROUP.' })
  groupId?: string | null;
  @Field(() => String, { nullable: true, description: 'Reason of a suspension, which the event contains.' })
  reason?: string | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'True to return the result of each user without changing anything. Default: false.',
  })
  dryRun?: boolean | null;
}

@ObjectType({ simpleResolvers: true, description: 'Result of a change of one user.' })
export class UserChangeResult {
  @Field(() => ID, { description: 'Id from `userIds`, or of a user that the filter matches. It can be unknown.' })
  userId: string;
  @Field(() => changeOutcomes, { description: 'In a dry run, the outcome that the change would have.' })
  outcome: keyof typeof changeOutcomes;
  @Field(() => User, { nullable: true, description: 'The user. Null if the change was refused, and in a dry run.' })
  user: User | null;
  @Field(() => UserError, { nullable: true, description: 'Error. Null unless the change was refused.' })
  error: UserError | null;
}

@ObjectType({ simpleResolvers: true, description: 'Results of a change of many users.' })
export class ChangeUsersPayload {
  @Field(() => Int, { description: 'Number of users that were changed.' })
  changed: number;
  @Field(() => Int, { description: 'Number of users that already were in the requested state.' })
  unchanged: number;
  @Field(() => Int, { description: 'Number of users whose change was refused.' })
  refused: number;
  @Field(() => [UserChangeResult], {
    description: 'One result for each user, in the order of `userIds` without repetitions, or by id for a filter.',
  })
  results: UserChangeResult[];
}

@Resolver()
export class ChangeUsersResolver {
  @Mutation(() => ChangeUsersPayload, {
    description:
      'Makes the same change of up to 500 users in one transaction, with the events of the single changes. A user whose change is refused does not affect the others: its result contains the error.',
  })
  async changeUsers(
    @Arg('input', () => ChangeUsersInput, { description: 'Selected users, and the change to make of each.' }) {
      organizationId,
      dryRun,
      ...input
    }: ChangeUsersInput,
    @Ctx() context: Context,
  ): Promise<ChangeUsersPayload> {
    const { action, roles, groupId, reason } = input;
    const isDry = dryRun ?? false;
    const principal = await enter(context.store, context.principal, 'org', organizationId);
    const selected = selectedBy(context, input, isDry);
    const work: Parameters<typeof write<UserChange[]>>[2] = (tx) =>
      changeUsers(tx, selected, { action, roles, groupId, reason });
    if (!isDry) return payloadOf(await context.transact(principal, work), isDry);
    return payloadOf(await write({ ...context.store, rehearse: () => {} }, principal, work), isDry);
  }
}

/** Returns the users of the input. @throws BadInput, Forbidden for a filter on private fields */
function selectedBy(
  { principal }: Context,
  { userIds, filter, expectedCount }: Pick<ChangeUsersInput, 'userIds' | 'filter' | 'expectedCount'>,
  isDry: boolean,
): Selected {
  if (userIds == null && filter == null) throw new BadInput('Send "userIds" or "filter".', 'userIds');
  if (userIds != null && filter != null) throw new BadInput('Send "userIds" or "filter", not both.', 'userIds');
  if (userIds != null) {
    if (expectedCount != null) throw new BadInput('"expectedCount" can be sent only with "filter".');
    return { userIds };
  }
  if (expectedCount == null && !isDry) throw new BadInput('"expectedCount" is required with "filter".');
  const { scim, ...given } = filter ?? {};
  checkFilter(principal, 'users', { filter: filter ?? undefined });
  return { criteria: { ...given, filter: scim ? parseFilter(scim) : null }, expectedCount: expectedCount ?? null };
}

function payloadOf(changes: readonly UserChange[], isDry: boolean): ChangeUsersPayload {
  const count = (outcome: UserChange['outcome']) => changes.filter((each) => each.outcome === outcome).length;
  const results = changes.map((each): UserChangeResult => {
    const { userId, outcome } = each;
    const error = each.outcome === 'REFUSED' ? userErrorOf(each.error) : null;
    return { userId, outcome, user: each.outcome === 'REFUSED' || isDry ? null : each.user, error };
  });
  return { changed: count('CHANGED'), unchanged: count('UNCHANGED'), refused: count('REFUSED'), results };
}
