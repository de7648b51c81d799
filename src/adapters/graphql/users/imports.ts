import { Arg, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import { write } from '../../../access/write.js';
import { enter } from '../../../authentication/enter.js';
import { type ImportOutcome, importUsers, mostRows } from '../../../directory/users/import/import-users.js';
import { User, type UserStatus, userStatuses } from '../../../directory/users/user.js';
import { knownId } from '../../../kernel/descriptions.js';
import { enumType } from '../../../kernel/node.js';
import type { Context } from '../context.js';
import { UserFields } from './inputs.js';

const importOutcomes = enumType('ImportOutcome', 'Outcome of one row of an import.', {
  CREATED: 'The user was created.',
  UPDATED: 'An existing user was changed.',
  UNCHANGED: 'The existing user already has these values.',
  REFUSED: 'The row is invalid or conflicts with another user. Nothing was changed.',
});

@InputType({ description: 'One row of an import. Absent fields of an existing user stay unchanged.' })
export class ImportUserInput extends UserFields {
  @Field(() => String, {
    description: 'Name of the user, by which existing users are found, compared case-insensitively.',
  })
  userName: string;
  @Field(() => String, { nullable: true, description: 'Permanent id of the user at the IdP. Requires `connectionId`.' })
  externalId?: string | null;
  @Field(() => userStatuses, {
    nullable: true,
    description:
      'Status of the user in the exported directory. A new user is created only if it is ACTIVE or absent. The status of an existing user does not change.',
  })
  status?: UserStatus | null;
}

@InputType({ description: 'Users to import into an organization.' })
export class ImportUsersInput {
  @Field(() => ID, { description: knownId('org') })
  organizationId: string;
  @Field(() => ID, {
    nullable: true,
    description: 'Connection to which the values of `externalId` belong. Required if a row has an `externalId`.',
  })
  connectionId?: string | null;
  @Field(() => [ImportUserInput], {
    description: `Users to import, at most ${mostRows}. Split a larger file into several requests.`,
  })
  users: ImportUserInput[];
}

@ObjectType('ImportedRow', { simpleResolvers: true, description: 'Result of one row of an import.' })
export class ImportedRow {
  @Field(() => Int, { description: 'Index of the row in the request, starting at 0.' })
  row: number;
  @Field(() => importOutcomes, { description: 'In a dry run, the outcome that the row would have.' })
  outcome: keyof typeof importOutcomes;
  @Field(() => User, {
    nullable: true,
    description: 'The imported user. Null if the row was rejected, and in a dry run.',
  })
  user: User | null;
  @Field(() => String, {
    nullable: true,
    description: 'Error code (docs/errors.md). Null unless the row was rejected.',
  })
  code: string | null;
  @Field(() => String, { nullable: true, description: 'Invalid field of the row. Null if there is none.' })
  field: string | null;
  @Field(() => String, { nullable: true, description: 'Error message. Null unless the row was rejected.' })
  message: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'Result of an import, with the number of rows for each outcome.' })
export class ImportUsersPayload {
  @Field(() => Int, { description: 'Number of rows with the outcome CREATED.' })
  created: number;
  @Field(() => Int, { description: 'Number of rows with the outcome UPDATED.' })
  updated: number;
  @Field(() => Int, { description: 'Number of rows with the outcome UNCHANGED.' })
  unchanged: number;
  @Field(() => Int, { description: 'Number of rows with the outcome REFUSED.' })
  refused: number;
  @Field(() => [ImportedRow], { description: 'Results in the order of the request.' })
  rows: ImportedRow[];
}

@Resolver()
export class ImportResolver {
  @Mutation(() => ImportUsersPayload, {
    description:
      'Creates missing users and updates existing ones to the values of the rows. Sending the same rows again changes nothing. `rollcall import FILE` imports whole files.',
  })
  async importUsers(
    @Arg('input', () => ImportUsersInput, { description: 'Rows to import, with their organization and connection.' }) {
      organizationId,
      connectionId,
      users,
    }: ImportUsersInput,
    @Ctx() context: Context,
    @Arg('dryRun', () => Boolean, {
      nullable: true,
      description: 'True to return the result of each row without changing anything. Default: false.',
    })
    dryRun?: boolean,
  ): Promise<ImportUsersPayload> {
    if (!dryRun) {
      return payload(
        await context.write('org', organizationId, (tx) => importUsers(tx, users, connectionId ?? null)),
        false,
      );
    }
    const principal = await enter(context.store, context.principal, 'org', organizationId);
    const rehearsal = { ...context.store, rehearse: () => {} };
    return payload(await write(rehearsal, principal, (tx) => importUsers(tx, users, connectionId ?? null)), true);
  }
}

function payload(outcomes: readonly ImportOutcome[], isDry: boolean): ImportUsersPayload {
  const count = (outcome: ImportOutcome['outcome']) => outcomes.filter((each) => each.outcome === outcome).length;
  const rows = outcomes.map((each, row): ImportedRow => {
    if (each.outcome !== 'REFUSED') {
      return { row, outcome: each.outcome, user: isDry ? null : each.user, code: null, field: null, message: null };
    }
    const { code, field, message } = each.error;
    return { row, outcome: 'REFUSED', user: null, code, field, message };
  });
  return {
    created: count('CREATED'),
    updated: count('UPDATED'),
    unchanged: count('UNCHANGED'),
    refused: count('REFUSED'),
    rows,
  };
}
