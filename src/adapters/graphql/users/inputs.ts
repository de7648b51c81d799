import { Field, ID, InputType } from 'type-graphql';
import type { ProfileInput } from '../../../directory/users/edit-profile.js';
import { profileInputTexts as about } from '../../../directory/users/profile-descriptions.js';
import { expectedUpdatedAt, knownId } from '../../../kernel/descriptions.js';
import { BadInput } from '../../../kernel/errors.js';
import { JsonScalar } from '../../../kernel/node.js';

@InputType({ description: 'An email address of a user.' })
export class EmailInput {
  @Field(() => String, { description: 'Address such as name@example.com, at most 254 characters (RFC 5321).' })
  value: string;
  @Field(() => String, { nullable: true, description: 'Type of the address, such as work.' })
  type?: string | null;
  @Field(() => Boolean, { nullable: true, description: 'True for the primary address.' })
  primary?: boolean | null;
}

@InputType()
export abstract class UserFields implements ProfileInput {
  @Field(() => [EmailInput], { nullable: true, description: about.emails })
  emails?: EmailInput[] | null;
  @Field(() => String, { nullable: true, description: about.displayName })
  displayName?: string | null;
  @Field(() => String, { nullable: true, description: about.givenName })
  givenName?: string | null;
  @Field(() => String, { nullable: true, description: about.familyName })
  familyName?: string | null;
  @Field(() => String, { nullable: true, description: about.title })
  title?: string | null;
  @Field(() => String, { nullable: true, description: about.department })
  department?: string | null;
  @Field(() => String, { nullable: true, description: about.employeeNumber })
  employeeNumber?: string | null;
  @Field(() => String, { nullable: true, description: about.locale })
  locale?: string | null;
  @Field(() => String, { nullable: true, description: about.timezone })
  timezone?: string | null;
  @Field(() => ID, {
    nullable: true,
    description:
      'Id of the manager, who is a user of the organization. An import also accepts the userName of a user that it creates later.',
  })
  managerId?: string | null;
  @Field(() => [String], { nullable: true, description: 'Roles assigned directly to the user.' })
  roles?: string[] | null;
  @Field(() => JsonScalar, { nullable: true, description: 'Custom attributes, by SCIM name or URN.' })
  attributes?: Record<string, unknown> | null;
}

@InputType({ description: 'Profile of a new user.' })
export class CreateUserInput extends UserFields {
  @Field(() => ID, { description: knownId('org') })
  organizationId: string;
  @Field(() => String, { description: about.userName })
  userName: string;
  @Field(() => ID, {
    nullable: true,
    description: 'Connection to which `externalId` belongs. Required if `externalId` is set.',
  })
  connectionId?: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'Permanent id of the user at the IdP. The first sign-in through the connection is matched by it.',
  })
  externalId?: string | null;
}

@InputType({ description: 'Fields of a user to change.' })
export class UpdateUserInput extends UserFields {
  @Field(() => ID, { description: knownId('user') })
  id: string;
  @Field(() => Date, {
    nullable: true,
    description: expectedUpdatedAt,
  })
  expectedUpdatedAt?: Date | null;
  @Field(() => String, { nullable: true, description: about.userName })
  userName?: string | null;
  @Field(() => [String], {
    nullable: true,
    description: 'Roles to assign to the user directly, as `User.assignedRoles` returns them.',
  })
  assignedRoles?: string[] | null;
  @Field(() => [String], {
    nullable: true,
    description: 'Roles to assign to the user directly. Cannot be combined with `assignedRoles`.',
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

/** Returns the names of the input's fields, by the names in errors of the directory. */
export const namesOf = ({ assignedRoles }: Partial<Pick<UpdateUserInput, 'assignedRoles' | 'userName'>>) => ({
  manager: 'managerId',
  'name.familyName': 'familyName',
  ...(assignedRoles && { roles: 'assignedRoles' }),
});
