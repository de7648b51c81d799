import { Field, Int, ObjectType } from 'type-graphql';
import { Group } from '../directory/groups/group.js';
import { Organization } from '../directory/organizations/organization.js';
import { User } from '../directory/users/user.js';
import { EventRecord } from '../events/event.js';
import { CursorScalar } from '../node.js';
import { PageInfo } from './paging.js';

type Class<T> = new () => T;

/** The edge and page types of a node type, by the Relay convention. */
function pageTypes<T extends object>(name: string, node: Class<T>) {
  @ObjectType(`${name}Edge`)
  class Edge {
    @Field(() => CursorScalar)
    cursor: string;
    @Field(() => node)
    node: T;
  }
  @ObjectType(`${name}Connection`)
  class Connection {
    @Field(() => [Edge])
    edges: Edge[];
    @Field(() => [node])
    nodes: T[];
    @Field(() => PageInfo)
    pageInfo: PageInfo;
  }
  return Connection;
}

function countedPageTypes<T extends object>(name: string, node: Class<T>) {
  @ObjectType(`${name}Edge`)
  class Edge {
    @Field(() => CursorScalar)
    cursor: string;
    @Field(() => node)
    node: T;
  }
  @ObjectType(`${name}Connection`)
  class Connection {
    @Field(() => [Edge])
    edges: Edge[];
    @Field(() => [node])
    nodes: T[];
    @Field(() => PageInfo)
    pageInfo: PageInfo;
    @Field(() => Int, { description: 'How many there are in all. Counted only when asked for.' })
    totalCount: number;
  }
  return Connection;
}

export const UserPage = countedPageTypes('User', User);
export const GroupPage = countedPageTypes('Group', Group);
export const OrganizationPage = countedPageTypes('Organization', Organization);
export const EventPage = pageTypes('Event', EventRecord);
