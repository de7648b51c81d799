import { Field, ID, InputType } from 'type-graphql';
import type { GroupCriteria } from '../../../directory/groups/queries/find-groups.js';
import { type Origin, origins } from '../../../directory/users/user.js';
import { enumType } from '../../../kernel/node.js';
import { directions } from '../lists/order.js';

const orderFields = enumType('GroupOrderField', 'Field by which groups are ordered.', {
  CREATED_AT: 'Time of creation.',
  UPDATED_AT: 'Time of the last change.',
  DISPLAY_NAME: 'The displayName, compared case-insensitively.',
});
export type GroupOrderField = keyof typeof orderFields;

@InputType({ description: 'Conditions for groups. All of them must match. An empty list matches no group.' })
export class GroupFilter implements Omit<GroupCriteria, 'filter'> {
  @Field(() => String, {
    nullable: true,
    description: 'Complete displayName of the groups, compared case-insensitively.',
  })
  displayName?: string | null;
  @Field(() => ID, { nullable: true, description: 'SCIM connection that manages the groups.' })
  connectionId?: string | null;
  @Field(() => origins, { nullable: true, description: 'Entry point that created the groups.' })
  origin?: Origin | null;
  @Field(() => [String], { nullable: true, description: 'Roles, one of which the groups grant to their members.' })
  roles?: string[] | null;
  @Field(() => ID, { nullable: true, description: 'User or group that is a direct member.' })
  memberId?: string | null;
  @Field(() => ID, { nullable: true, description: 'Group of which the groups are direct members.' })
  parentId?: string | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'True for groups without a user or group as a direct member, false for the others.',
  })
  empty?: boolean | null;
  @Field(() => Date, { nullable: true, description: 'Time after which the groups were last changed.' })
  updatedAfter?: Date | null;
  @Field(() => String, { nullable: true, description: 'Words that the displayName contains, in any order.' })
  search?: string | null;
  @Field(() => String, { nullable: true, description: 'SCIM filter expression (RFC 7644 section 3.4.2.2).' })
  scim?: string | null;
}

@InputType({ description: 'Order of a list of groups.' })
export class GroupOrder {
  @Field(() => orderFields, { description: 'Equal values are ordered by id.' })
  field: GroupOrderField;
  @Field(() => directions, { description: 'Applies to `field`, and to ids where it is equal.' })
  direction: keyof typeof directions;
}
