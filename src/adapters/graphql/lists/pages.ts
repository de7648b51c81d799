import { Field, Int, ObjectType } from 'type-graphql';
import { ApiKey } from '../../../credentials/api-keys/api-key.js';
import { Consumer } from '../../../delivery/consumers/consumer.js';
import { WebhookEndpoint } from '../../../delivery/webhooks/endpoint.js';
import { Application } from '../../../directory/applications/application.js';
import { Connection } from '../../../directory/connections/connection.js';
import { SetupLink } from '../../../directory/connections/setup-link.js';
import { Group } from '../../../directory/groups/group.js';
import { Organization } from '../../../directory/organizations/organization.js';
import { ProvisioningRequest } from '../../../directory/requests/provisioning-request.js';
import { SignInSession } from '../../../directory/sessions/session.js';
import { User } from '../../../directory/users/user.js';
import { EventRecord } from '../../../events/event.js';
import { CursorScalar } from '../../../kernel/node.js';
import { PageInfo } from './paging.js';

/** Defines the edge and page types of a node type, with the page named `page`, by the Relay convention. */
export function pageTypes<T extends object>(name: string, node: new () => T, page = `${name}Page`) {
  @ObjectType(`${name}Edge`, { simpleResolvers: true, description: 'An entry of a page, with its cursor.' })
  class Edge {
    @Field(() => CursorScalar, { description: 'Position of the entry in the list: send it as `after` or `before`.' })
    cursor: string;
    @Field(() => node, { description: 'Object at the position of `cursor`.' })
    node: T;
  }
  @ObjectType(page, { simpleResolvers: true, description: 'A page of a list (Relay convention).' })
  class PageObject {
    @Field(() => [Edge], {
      description: 'Entries of the page with their cursors. Select `nodes` if you need only the objects.',
    })
    edges: Edge[];
    @Field(() => [node], { description: 'Objects of `edges`, in the same order.' })
    nodes: T[];
    @Field(() => PageInfo, {
      description: 'Cursors for the adjacent pages. Send `endCursor` as `after` to read the next page.',
    })
    pageInfo: PageInfo;
  }
  return PageObject;
}

/** Defines page types with a total count, which is computed only if it is selected. */
export function countedPageTypes<T extends object>(name: string, node: new () => T) {
  @ObjectType(`${name}Connection`, { simpleResolvers: true, description: 'A page of a list (Relay convention).' })
  class CountedPage extends pageTypes(name, node) {
    count: (() => Promise<number>) | null;

    @Field(() => Int, {
      simple: false,
      description: 'Number of entries in the whole list. It is counted only if it is selected.',
    })
    async totalCount(): Promise<number> {
      return (await this.count?.()) ?? 0;
    }
  }
  return CountedPage;
}

export const ApplicationPage = countedPageTypes('Application', Application);
export const ConnectionPage = countedPageTypes('Connection', Connection);
export const ConsumerPage = countedPageTypes('Consumer', Consumer);
export const SessionPage = countedPageTypes('Session', SignInSession);
export const WebhookEndpointPage = countedPageTypes('WebhookEndpoint', WebhookEndpoint);
export const ApiKeyPage = countedPageTypes('ApiKey', ApiKey);
export const SetupLinkPage = countedPageTypes('SetupLink', SetupLink);
export const UserPage = countedPageTypes('User', User);
export const GroupPage = countedPageTypes('Group', Group);
export const OrganizationPage = countedPageTypes('Organization', Organization);
export const ProvisioningRequestPage = pageTypes(
  'ProvisioningRequest',
  ProvisioningRequest,
  'ProvisioningRequestConnection',
);
export const EventPage = pageTypes('Event', EventRecord, 'EventConnection');
