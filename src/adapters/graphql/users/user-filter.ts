import { Field, ID, InputType } from 'type-graphql';
import { type Origin, origins, type UserStatus, userStatuses } from '../../../directory/users/user.js';
import { enumType } from '../../../kernel/node.js';

const orderFields = enumType('UserOrderField', 'Field by which users are ordered.', {
  CREATED_AT: 'Time of creation.',
  UPDATED_AT: 'Time of the last change.',
  USER_NAME: 'The userName, compared case-insensitively.',
  DISPLAY_NAME: 'The displayName, compared case-insensitively.',
  FAMILY_NAME: 'The familyName, compared case-insensitively.',
  LAST_SIGN_IN_AT: 'Time of the last sign-in. Users who never signed in are before all others.',
});
const directions = enumType('Direction', 'Direction of an order.', {
  ASC: 'Ascending: the lowest value first.',
  DESC: 'Descending: the highest value first.',
});

@InputType({ description: 'Conditions for users. All of them must match.' })
export class UserFilter {
  @Field(() => [userStatuses], { nullable: true, description: 'Statuses, one of which the users have.' })
  status?: UserStatus[] | null;
  @Field(() => origins, { nullable: true })
  origin?: Origin | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'True for users who have signed in, false for users who never have.',
  })
  hasSignedIn?: boolean | null;
  @Field(() => ID, { nullable: true, description: 'Connection at which the users have an identity.' })
  connectionId?: string | null;
  @Field(() => ID, { nullable: true, description: 'Group of which the users are direct members.' })
  groupId?: string | null;
  @Field(() => String, { nullable: true, description: 'Any email address of the users, compared case-insensitively.' })
  email?: string | null;
  @Field(() => String, { nullable: true, description: 'The userName, compared case-insensitively.' })
  userName?: string | null;
  @Field(() => String, {
    nullable: true,
    description:
      'Words that the names, the userName or the email address contain, in any order. Words of one or two letters match only the beginning of a name.',
  })
  search?: string | null;
  @Field(() => Date, { nullable: true, description: 'Time after which the users were last changed.' })
  updatedAfter?: Date | null;
  @Field(() => String, { nullable: true, description: 'SCIM filter expression (RFC 7644 section 3.4.2.2).' })
  scim?: string | null;
}

@InputType({ description: 'Order of a list of users.' })
export class UserOrder {
  @Field(() => orderFields)
  field: keyof typeof orderFields;
  @Field(() => directions)
  direction: keyof typeof directions;
}
