import { Ctx, Field, FieldResolver, ID, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { type Severity, severities } from '../../../overview/attention-kinds.js';
import { type DeploymentFacts, type DeploymentFinding, deploymentOf } from '../../../overview/deployment.js';
import { aliveMs, beatMs } from '../../../overview/nodes/heartbeat.js';
import { listNodes, mostNodes, type NodeFacts } from '../../../overview/nodes/list-nodes.js';
import type { Context } from '../context.js';
import type { DeprecatedUses } from '../engine/deprecated-uses.js';

@ObjectType('Finding', { simpleResolvers: true, description: 'A problem of the deployment.' })
export class Finding implements DeploymentFinding {
  @Field(() => String, { description: 'Name of the check, as `rollcall doctor` prints it.' })
  code: string;
  @Field(() => severities, { description: 'Urgency, as for items of `attention`.' })
  severity: Severity;
  @Field(() => String, { description: 'Cause and effect of the problem. Its wording can change.' })
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
  @Field(() => String, { description: 'Version of Rollcall, such as 0.1.0.' })
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

@ObjectType('ServerNode', { simpleResolvers: true, description: 'A process of the server.' })
export class ServerNodeObject implements NodeFacts {
  @Field(() => ID, { description: 'Id of the process. A restart creates another node. `node` does not know it.' })
  id: string;
  @Field(() => String, { description: 'Name of the machine or container.' })
  host: string;
  @Field(() => String, { description: 'Version of Rollcall, such as 0.1.0.' })
  version: string;
  @Field(() => Date, { description: 'Time at which the process started, by the clock of the database.' })
  startedAt: Date;
  @Field(() => Date, { description: `Time of the last report. A node reports itself every ${beatMs / 1_000} seconds.` })
  lastSeenAt: Date;
  @Field(() => Boolean, {
    description: `True if the node has reported itself within ${aliveMs / 1_000} seconds. A stopped node is not listed; a killed node is listed for ten minutes with \`false\`.`,
  })
  alive: boolean;
  @Field(() => Int, { description: 'Number of open client connections of any protocol, at the last report.' })
  openConnections: number;
  @Field(() => Int, {
    description:
      'Age in milliseconds of the oldest committed event that the node could not deliver yet to readers of all organizations, at the last report. 0 if there was none. A long write transaction increases it.',
  })
  lagMs: number;
}

@Resolver(() => Deployment)
export class DeploymentResolver {
  @FieldResolver(() => [ServerNodeObject], {
    nullable: true,
    description: `Nodes of the deployment, the newest first, at most ${mostNodes}. Every node returns the same list.`,
  })
  nodes(@Ctx() { store, principal }: Context): Promise<NodeFacts[]> {
    return listNodes(store, principal);
  }

  @Query(() => Deployment, {
    nullable: true,
    description: 'The server that answers the request, and its database. Requires a platform key.',
  })
  async deployment(@Ctx() { store, principal, services }: Context): Promise<Deployment> {
    const facts = await deploymentOf(store, principal, services.server);
    return { ...facts, deprecatedUses: services.deprecations.list() };
  }
}
