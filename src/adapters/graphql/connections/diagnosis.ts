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
  description: 'State of one user at one connection, with the reasons.',
})
export class PersonExplanation implements Explanation {
  @Field(() => String, { description: 'Name that the argument contained.' })
  userName: string;
  @Field(() => User, {
    nullable: true,
    description: 'User with this userName or email address. Null if there is none.',
  })
  user: User | null;
  @Field(() => String, { description: "Explanation for the IdP's administrator." })
  explanation: string;
  @Field(() => [ProvisioningRequest], { description: "The IdP's last lookups of the user, newest first." })
  lookUps: ProvisioningRequest[];
  @Field(() => [ProvisioningRequest], { description: "The IdP's last rejected writes. `error` contains the reason." })
  refusals: ProvisioningRequest[];
}

@ObjectType('ObservedAttribute', { simpleResolvers: true, description: 'An attribute or claim that the IdP sends.' })
export class ObservedAttributeObject implements ObservedAttribute {
  @Field(() => String, {
    description: 'Source in the form of attribute mappings: a SCIM path, or the name of a claim.',
  })
  source: string;
  @Field(() => protocols, { description: 'SCIM for an attribute, OIDC or SAML for a claim of sign-ins.' })
  protocol: Protocol;
  @Field(() => Int, { description: 'Number of requests that contain it, among the last 1,000.' })
  count: number;
  @Field(() => Date, { description: 'Time of the most recent request that contains it.' })
  lastSeenAt: Date;
  @Field(() => JsonScalar, { nullable: true, description: 'Value in the most recent request.' })
  example: unknown;
  @Field(() => String, { nullable: true, description: "Target of the connection's mapping. Null if it is not mapped." })
  mappedTo: string | null;
}

@ObjectType('MappingPreview', { simpleResolvers: true, description: 'Result of attribute mappings for one user.' })
export class MappingPreviewObject implements MappingPreview {
  @Field(() => User, { description: 'One of the requested users, unchanged.' })
  user: User;
  @Field(() => JsonScalar, { description: 'Attributes that the mappings would set.' })
  mapped: Record<string, unknown>;
  @Field(() => [ChangeObject], { description: 'Differences from the current profile.' })
  changes: Change[];
}

@Resolver(() => Connection)
export class DiagnosisResolver {
  @FieldResolver(() => PersonExplanation, {
    nullable: true,
    description:
      "Explanation of why a user is missing or differs from the IdP's data. The user does not need to exist.",
  })
  async explain(
    @Root() connection: Connection,
    @Arg('userName', () => String, {
      description: 'A userName, a former userName or a primary email address, compared case-insensitively.',
    })
    userName: string,
    @Ctx() context: Context,
  ): Promise<Explanation> {
    await context.services.requests.flush();
    return explainPerson(context.in(connection.organizationId), connection, userName);
  }

  @FieldResolver(() => [ObservedAttributeObject], {
    description: "Attributes and claims of users in the IdP's last 1,000 requests, most frequent first.",
  })
  async observedAttributes(@Root() connection: Connection, @Ctx() context: Context): Promise<ObservedAttribute[]> {
    await context.services.requests.flush();
    return observedAttributes(context.in(connection.organizationId), connection);
  }

  @FieldResolver(() => [MappingPreviewObject], {
    nullable: true,
    description: 'Results of attribute mappings for at most 50 users. Nothing is changed.',
  })
  previewMapping(
    @Root() connection: Connection,
    @Arg('attributeMappings', () => [AttributeMappingInput], {
      description: 'Mappings to try instead of those of the connection.',
    })
    mappings: AttributeMappingInput[],
    @Arg('userIds', () => [ID], {
      description: 'Ids of users of the organization, at most 50. Fails with NOT_FOUND if one is unknown.',
    })
    userIds: string[],
    @Ctx() context: Context,
  ): Promise<MappingPreview[]> {
    return previewMapping(context.in(connection.organizationId), connection, { mappings, userIds });
  }
}
