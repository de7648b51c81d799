import { Field, ID, InputType, Int } from 'type-graphql';
import { type Protocol, protocols } from '../../../directory/requests/provisioning-request.js';
import type { RequestCriteria } from '../../../directory/requests/request-criteria.js';
import { mostEntries } from '../events/event-filter.js';

@InputType({
  description: `Conditions for logged requests. All of them must match. A list has at most ${mostEntries} entries.`,
})
export class ProvisioningRequestFilter implements RequestCriteria {
  @Field(() => Boolean, {
    nullable: true,
    description: 'True for rejected requests only, false for successful requests only.',
  })
  failed?: boolean | null;
  @Field(() => protocols, { nullable: true, description: 'SCIM for provisioning requests, OIDC or SAML for sign-ins.' })
  protocol?: Protocol | null;
  @Field(() => ID, { nullable: true, description: 'User that the requests concern.' })
  userId?: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'Part of the path and query, compared case-sensitively.',
  })
  pathContains?: string | null;
  @Field(() => [String], { nullable: true, description: 'HTTP methods, in upper case.' })
  methods?: string[] | null;
  @Field(() => [Int], { nullable: true, description: 'HTTP statuses of the responses.' })
  statuses?: number[] | null;
  @Field(() => Date, { nullable: true, description: 'Earliest time of a request.' })
  since?: Date | null;
  @Field(() => Date, { nullable: true, description: 'Time before which a request arrived.' })
  until?: Date | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'True for requests with `quirks` only, false for requests without.',
  })
  hasQuirks?: boolean | null;
}
