import { Ctx, Field, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { type Severity, severities } from '../../../overview/attention-kinds.js';
import { type DeploymentFacts, type DeploymentFinding, deploymentOf } from '../../../overview/deployment.js';
import type { Context } from '../context.js';
import type { DeprecatedUses } from '../engine/deprecated-uses.js';

@ObjectType('Finding', { simpleResolvers: true, description: 'A problem of the deployment.' })
export class Finding implements DeploymentFinding {
  @Field(() => String, { description: 'Name of the check, as `rollcall doctor` prints it.' })
  code: string;
  @Field(() => severities)
  severity: Severity;
  @Field(() => String, { description: 'Description of the problem.' })
  message: string;
  @Field(() => String, { nullable: true, description: 'Step that fixes the problem. Null if the message contains it.' })
  fix: string | null;
}

@ObjectType('DeprecatedUses', {
  simpleResolvers: true,
  description: 'Uses of a deprecated field, argument, input field or value of an enum.',
})
export class DeprecatedUsesType implements DeprecatedUses {
  @Field(() => String, { description: 'Schema coordinate, such as `User.roles` or `Organization.events(since:)`.' })
  name: string;
  @Field(() => Int, { description: 'Number of executed operations that used it, on this node since its start.' })
  count: number;
  @Field(() => Date, { description: 'Time of the last use.' })
  lastUsedAt: Date;
}

@ObjectType('Deployment', {
  simpleResolvers: true,
  description: 'The server that answers the request, and its database.',
})
export class Deployment implements DeploymentFacts {
  @Field(() => String, { description: 'Version of Rollcall.' })
  version: string;
  @Field(() => String, { description: 'Product and version of the database.' })
  database: string;
  @Field(() => Int, { description: 'Days for which events stay in the log: EVENT_RETENTION_DAYS.' })
  eventRetentionDays: number;
  @Field(() => Int, {
    description: 'Maximum age of an event in days, even if a consumer has not received it: EVENT_CEILING_DAYS.',
  })
  eventCeilingDays: number;
  @Field(() => [Finding], {
    description: 'Problems of the settings, the database and the message bus. `rollcall doctor` checks more.',
  })
  findings: Finding[];
  @Field(() => [DeprecatedUsesType], {
    description:
      'Deprecated parts of the schema that operations have used on this node since its start, the most frequent first.',
  })
  deprecatedUses: DeprecatedUses[];
}

@Resolver()
export class DeploymentResolver {
  @Query(() => Deployment, {
    nullable: true,
    description: 'The server that answers the request, and its database. Requires a platform key.',
  })
  async deployment(@Ctx() { store, principal, services }: Context): Promise<Deployment> {
    const facts = await deploymentOf(store, principal, services.server);
    return { ...facts, deprecatedUses: services.deprecations.list() };
  }
}
