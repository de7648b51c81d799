import { Arg, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Resolver, registerEnumType } from 'type-graphql';
import { write } from '../../../access/write.js';
import { enter } from '../../../authentication/enter.js';
import { type ImportOutcome, importUsers, mostRows } from '../../../directory/users/import/import-users.js';
import { User, type UserStatus, userStatuses } from '../../../directory/users/user.js';
import type { Context } from '../context.js';
import { UserFields } from './inputs.js';

const importOutcomes = { CREATED: 'CREATED', UPDATED: 'UPDATED', UNCHANGED: 'UNCHANGED', REFUSED: 'REFUSED' } as const;
registerEnumType(importOutcomes, { name: 'ImportOutcome' });

@InputType()
export class ImportUserInput extends UserFields {
  @Field(() => String)
  userName: string;
  @Field(() => String, { nullable: true, description: "The IdP's lasting id of the person; needs `connectionId`." })
  externalId?: string | null;
  @Field(() => userStatuses, {
    nullable: true,
    description:
      'Status of the user where the row was exported. A user that does not exist is created only if it is ACTIVE or absent. The status of an existing user does not change.',
  })
  status?: UserStatus | null;
}

@InputType()
export class ImportUsersInput {
  @Field(() => ID)
  organizationId: string;
  @Field(() => ID, { nullable: true, description: 'The connection whose IdP knows the people by `externalId`.' })
  connectionId?: string | null;
  @Field(() => [ImportUserInput], { description: `${mostRows} at most; a file goes in several requests.` })
  users: ImportUserInput[];
}

@ObjectType('ImportedRow', { simpleResolvers: true, description: 'What became of one row.' })
export class ImportedRow {
  @Field(() => Int, { description: 'The place of the row in the request, from 0.' })
  row: number;
  @Field(() => importOutcomes)
  outcome: keyof typeof importOutcomes;
  @Field(() => User, { nullable: true, description: 'Null for a row that was refused, and in a dry run.' })
  user: User | null;
  @Field(() => String, { nullable: true, description: 'Of a row that was refused: a code of docs/errors.md.' })
  code: string | null;
  @Field(() => String, { nullable: true })
  field: string | null;
  @Field(() => String, { nullable: true })
  message: string | null;
}

@ObjectType({ simpleResolvers: true })
export class ImportUsersPayload {
  @Field(() => Int)
  created: number;
  @Field(() => Int)
  updated: number;
  @Field(() => Int)
  unchanged: number;
  @Field(() => Int)
  refused: number;
  @Field(() => [ImportedRow], { description: 'In the order of the request.' })
  rows: ImportedRow[];
}

@Resolver()
export class ImportResolver {
  @Mutation(() => ImportUsersPayload, {
    description:
      'Creates who is not there and brings the others to what the rows say; the same rows again change nothing. A dry run tells what would become of each, and changes nothing. `rollcall import FILE` sends whole files.',
  })
  async importUsers(
    @Arg('input', () => ImportUsersInput) { organizationId, connectionId, users }: ImportUsersInput,
    @Ctx() context: Context,
    @Arg('dryRun', () => Boolean, { nullable: true }) dryRun?: boolean,
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
