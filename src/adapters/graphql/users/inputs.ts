import { Field, ID, InputType } from 'type-graphql';
import type { ProfileInput } from '../../../directory/users/edit-profile.js';
import { BadInput } from '../../../kernel/errors.js';
import { JsonScalar } from '../../../kernel/node.js';

@InputType()
export class EmailInput {
  @Field(() => String)
  value: string;
  @Field(() => String, { nullable: true })
  type?: string | null;
  @Field(() => Boolean, { nullable: true })
  primary?: boolean | null;
}

@InputType()
export abstract class UserFields implements ProfileInput {
  @Field(() => [EmailInput], { nullable: true })
  emails?: EmailInput[] | null;
  @Field(() => String, { nullable: true })
  displayName?: string | null;
  @Field(() => String, { nullable: true })
  givenName?: string | null;
  @Field(() => String, { nullable: true })
  familyName?: string | null;
  @Field(() => String, { nullable: true })
  title?: string | null;
  @Field(() => String, { nullable: true })
  department?: string | null;
  @Field(() => String, { nullable: true })
  employeeNumber?: string | null;
  @Field(() => String, { nullable: true })
  locale?: string | null;
  @Field(() => String, { nullable: true })
  timezone?: string | null;
  @Field(() => ID, {
    nullable: true,
    description: 'The id of a user of the organization. An import can also name one who comes later, by userName.',
  })
  managerId?: string | null;
  @Field(() => [String], { nullable: true })
  roles?: string[] | null;
  @Field(() => JsonScalar, { nullable: true })
  attributes?: Record<string, unknown> | null;
}

@InputType()
export class CreateUserInput extends UserFields {
  @Field(() => ID)
  organizationId: string;
  @Field(() => String)
  userName: string;
  @Field(() => ID, { nullable: true, description: 'With externalId: the connection whose IdP knows the person by it.' })
  connectionId?: string | null;
  @Field(() => String, {
    nullable: true,
    description: "The IdP's lasting id of the person: their first sign-in is matched by it.",
  })
  externalId?: string | null;
}

@InputType()
export class UpdateUserInput extends UserFields {
  @Field(() => ID)
  id: string;
  @Field(() => Date, {
    nullable: true,
    description: 'The updatedAt that you read: refused with CONFLICT when somebody has changed it since.',
  })
  expectedUpdatedAt?: Date | null;
  @Field(() => String, { nullable: true })
  userName?: string | null;
  @Field(() => [String], {
    nullable: true,
    description:
      'Roles to assign to the user directly, as `User.assignedRoles` returns them. Absent or null changes nothing.',
  })
  assignedRoles?: string[] | null;
  @Field(() => [String], {
    nullable: true,
    deprecationReason:
      'Sets the assigned roles, while `User.roles` contains roles from all sources. Use `assignedRoles`.',
  })
  override roles?: string[] | null;
}

/** Returns the roles to assign, from either field; null if the input has none. @throws BadInput if it has both */
export function assignedRolesOf({ assignedRoles, roles }: UpdateUserInput): string[] | null {
  if (assignedRoles && roles) throw new BadInput('"roles" must be absent if "assignedRoles" is given.');
  return assignedRoles ?? roles ?? null;
}
