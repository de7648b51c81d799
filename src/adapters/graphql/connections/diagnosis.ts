import { Arg, Ctx, Field, FieldResolver, ID, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { Connection } from '../../../directory/connections/connection.js';
import { type Explanation, explainPerson } from '../../../directory/connections/monitoring/explain-person.js';
import {
  type ObservedAttribute,
  observedAttributes,
} from '../../../directory/connections/rules/observed-attributes.js';
import { type MappingPreview, previewMapping } from '../../../directory/connections/rules/preview-mapping.js';
import { type Protocol, ProvisioningRequest, protocols } from '../../../directory/requests/provisioning-request.js';
import { User } from '../../../directory/users/user.js';
import { ChangeObject } from '../../../events/event.js';
import type { Change } from '../../../events/types.js';
import { JsonScalar } from '../../../kernel/node.js';
import type { Context } from '../context.js';
import { AttributeMappingInput } from './inputs.js';

@ObjectType('PersonExplanation', {
  simpleResolvers: true,
  description: 'How it stands with a person at one connection, and why.',
})
export class PersonExplanation implements Explanation {
  @Field(() => String)
  userName: string;
  @Field(() => User, { nullable: true, description: 'The account of that userName or address; null for nobody.' })
  user: User | null;
  @Field(() => String, { description: "What to tell the IdP's administrator." })
  explanation: string;
  @Field(() => [ProvisioningRequest], { description: "The IdP's last look-ups of the person, newest first." })
  lookUps: ProvisioningRequest[];
  @Field(() => [ProvisioningRequest], { description: 'Its last writes that were refused; `error` says why.' })
  refusals: ProvisioningRequest[];
}

@ObjectType('ObservedAttribute', { simpleResolvers: true, description: 'An attribute or claim as the IdP sends it.' })
export class ObservedAttributeObject implements ObservedAttribute {
  @Field(() => String, { description: 'As a mapping names it: a SCIM path, or the name of a claim.' })
  source: string;
  @Field(() => protocols)
  protocol: Protocol;
  @Field(() => Int, { description: 'In how many of the last thousand requests.' })
  count: number;
  @Field(() => Date)
  lastSeenAt: Date;
  @Field(() => JsonScalar, { nullable: true, description: 'The newest value.' })
  example: unknown;
  @Field(() => String, { nullable: true, description: "Where the connection's mapping puts it; null where none does." })
  mappedTo: string | null;
}

@ObjectType('MappingPreview', { simpleResolvers: true, description: 'What a mapping would make of one person.' })
export class MappingPreviewObject implements MappingPreview {
  @Field(() => User)
  user: User;
  @Field(() => JsonScalar, { description: 'What it lays over the profile.' })
  mapped: Record<string, unknown>;
  @Field(() => [ChangeObject], { description: 'What the application would see otherwise than now.' })
  changes: Change[];
}

@Resolver(() => Connection)
export class DiagnosisResolver {
  @FieldResolver(() => PersonExplanation, {
    description: 'Why somebody is not there, or not as the IdP believes: for a person who does not exist, too.',
  })
  async explain(
    @Root() connection: Connection,
    @Arg('userName', () => String) userName: string,
    @Ctx() context: Context,
  ): Promise<Explanation> {
    await context.services.requests.flush();
    return explainPerson(context.in(connection.organizationId), connection, userName);
  }

  @FieldResolver(() => [ObservedAttributeObject], {
    description: 'What the IdP has sent of people in its last thousand requests, most frequent first.',
  })
  async observedAttributes(@Root() connection: Connection, @Ctx() context: Context): Promise<ObservedAttribute[]> {
    await context.services.requests.flush();
    return observedAttributes(context.in(connection.organizationId), connection);
  }

  @FieldResolver(() => [MappingPreviewObject], {
    description: 'What a mapping would give for these people, 50 at most, with nothing changed.',
  })
  previewMapping(
    @Root() connection: Connection,
    @Arg('attributeMappings', () => [AttributeMappingInput]) mappings: AttributeMappingInput[],
    @Arg('userIds', () => [ID]) userIds: string[],
    @Ctx() context: Context,
  ): Promise<MappingPreview[]> {
    return previewMapping(context.in(connection.organizationId), connection, { mappings, userIds });
  }
}
