import { Field, ID, InputType } from 'type-graphql';
import type { UserConditions } from '../../../directory/users/queries/user-conditions.js';
import {
  type DeprovisionReason,
  deprovisionReasons,
  type Origin,
  origins,
  type UserStatus,
  userStatuses,
} from '../../../directory/users/user.js';
import { enumType } from '../../../kernel/node.js';
import { directions } from '../lists/order.js';

const orderFields = enumType('UserOrderField', 'Field by which users are ordered.', {
  CREATED_AT: 'Time of creation.',
  UPDATED_AT: 'Time of the last change.',
  USER_NAME: 'The userName, compared case-insensitively.',
  DISPLAY_NAME: 'The displayName, compared case-insensitively.',
  FAMILY_NAME: 'The familyName, compared case-insensitively.',
  LAST_SIGN_IN_AT: 'Time of the last sign-in. Users who never signed in are before all others.',
});

@InputType({ description: 'Conditions for users. All of them must match. An empty list matches no user.' })
export class UserFilter implements Omit<UserConditions, 'managerId'> {
  @Field(() => [ID], { nullable: true, description: 'Ids, one of which the users have.' })
  ids?: string[] | null;
  @Field(() => [userStatuses], { nullable: true, description: 'Statuses, one of which the users have.' })
  status?: UserStatus[] | null;
  @Field(() => origins, { nullable: true, description: 'Entry point that created the users.' })
  origin?: Origin | null;
  @Field(() => [origins], { nullable: true, description: 'Origins, one of which the users have.' })
  origins?: Origin[] | null;
  @Field(() => [String], { nullable: true, description: 'Roles from any source, one of which the users have.' })
  roles?: string[] | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'True for users that a SCIM connection manages, false for the others.',
  })
  managed?: boolean | null;
  @Field(() => Boolean, { nullable: true, description: 'True for protected users, false for the others.' })
  protected?: boolean | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'True for users who have signed in, false for users who never have.',
  })
  hasSignedIn?: boolean | null;
  @Field(() => ID, { nullable: true, description: 'Connection at which the users have an identity.' })
  connectionId?: string | null;
  @Field(() => [ID], { nullable: true, description: 'Connections, at one of which the users have an identity.' })
  connectionIds?: string[] | null;
  @Field(() => ID, { nullable: true, description: 'Group of which the users are direct members.' })
  groupId?: string | null;
  @Field(() => [ID], { nullable: true, description: 'Groups, of one of which the users are direct members.' })
  groupIds?: string[] | null;
  @Field(() => ID, {
    nullable: true,
    description: 'Group of which the users are members, directly or through nested groups.',
  })
  withinGroupId?: string | null;
  @Field(() => String, { nullable: true, description: 'Any email address of the users, compared case-insensitively.' })
  email?: string | null;
  @Field(() => String, { nullable: true, description: 'The userName, compared case-insensitively.' })
  userName?: string | null;
  @Field(() => String, { nullable: true, description: 'Id of the users at an IdP, compared exactly.' })
  externalId?: string | null;
  @Field(() => String, {
    nullable: true,
    description:
      'Words that the names, the userName or the email address contain, in any order. Words of one or two letters match only the beginning of a name.',
  })
  search?: string | null;
  @Field(() => Date, { nullable: true, description: 'Time after which the users were created.' })
  createdAfter?: Date | null;
  @Field(() => Date, { nullable: true, description: 'Time before which the users were created.' })
  createdBefore?: Date | null;
  @Field(() => Date, { nullable: true, description: 'Time after which the users were last changed.' })
  updatedAfter?: Date | null;
  @Field(() => Date, { nullable: true, description: 'Time before which the users were last changed.' })
  updatedBefore?: Date | null;
  @Field(() => Date, { nullable: true, description: 'Time after which the users last signed in.' })
  lastSignInAfter?: Date | null;
  @Field(() => Date, {
    nullable: true,
    description: 'Time before which the users last signed in. Users who never signed in match too.',
  })
  lastSignInBefore?: Date | null;
  @Field(() => Date, { nullable: true, description: 'Time after which the users were deprovisioned.' })
  deprovisionedAfter?: Date | null;
  @Field(() => [deprovisionReasons], {
    nullable: true,
    description: 'Causes, for one of which the users were deprovisioned. Other users do not match.',
  })
  deprovisionReasons?: DeprovisionReason[] | null;
  @Field(() => String, {
    nullable: true,
    description:
      'SCIM filter expression (RFC 7644 section 3.4.2.2) over the attributes that the IdP has sent. Its `roles` are the roles of the IdP: use the field `roles` for roles from any source.',
  })
  scim?: string | null;
}

@InputType({ description: 'Order of a list of users.' })
export class UserOrder {
  @Field(() => orderFields, { description: 'Equal values are ordered by id.' })
  field: keyof typeof orderFields;
  @Field(() => directions, { description: 'Applies to `field`, and to ids where it is equal.' })
  direction: keyof typeof directions;
}
