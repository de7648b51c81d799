import { type GraphQLSchema, isInterfaceType, isObjectType } from 'graphql';
import { InterfaceType, ObjectType } from 'type-graphql';
import { EventRecord } from '../../../events/event.js';
import { plainText } from '../../../events/payloads/field.js';
import { groupState } from '../../../events/payloads/groups.js';
import { userState } from '../../../events/payloads/users.js';
import { eventDefinitions } from '../../../events/payloads.js';
import { stateFields, typedFields, typeNameOf, valueIn } from '../../../events/typed-fields.js';
import { type EventType, eventTypes } from '../../../events/types.js';
import { NodeInterface } from '../../../kernel/node.js';
import { declareFields } from './payload-types.js';

@InterfaceType('UserEvent', { implements: [NodeInterface, EventRecord], description: 'An event about a user.' })
export abstract class UserEvent {}

@InterfaceType('GroupEvent', { implements: [NodeInterface, EventRecord], description: 'An event about a group.' })
export abstract class GroupEvent {}

@InterfaceType('ConnectionEvent', {
  implements: [NodeInterface, EventRecord],
  description: 'An event about a connection.',
})
export abstract class ConnectionEvent {}

@ObjectType('UserState', { simpleResolvers: true, description: 'A user right after a change.' })
export class UserState {}
declareFields(UserState, stateFields(userState));

@ObjectType('GroupState', { simpleResolvers: true, description: 'A group right after a change, without its members.' })
export class GroupState {}
declareFields(GroupState, stateFields(groupState));

/** The interfaces of events about one kind of object, by the first part of their types. */
const interfaces: Readonly<Record<string, abstract new () => object>> = {
  user: UserEvent,
  group: GroupEvent,
  connection: ConnectionEvent,
};

type TypedEvent = new () => EventRecord;

/** Defines the GraphQL type of one type of event. The class has no instances: all events are rows of the log. */
function typeOf(type: EventType): TypedEvent {
  const made = class {};
  const about = interfaces[type.slice(0, type.indexOf('.'))];
  ObjectType(typeNameOf(type), {
    simpleResolvers: true,
    implements: [NodeInterface, EventRecord, ...(about ? [about] : [])],
    description: plainText(eventDefinitions[type].description),
  })(made);
  declareFields(made, typedFields.get(type) ?? []);
  return made as TypedEvent;
}

const types = Object.values(eventTypes);

/** The GraphQL type of each type of event. The definitions in events/payloads determine the fields. */
export const typedEvents = Object.fromEntries(types.map((type) => [type, typeOf(type)])) as {
  readonly [T in EventType]: TypedEvent;
};

/** Makes each field of an event read `data`, and each interface find the GraphQL type of an event by its stored type. */
export function resolveEvents(schema: GraphQLSchema): GraphQLSchema {
  for (const [type, fields] of typedFields) {
    const object = schema.getType(typeNameOf(type));
    if (!isObjectType(object)) throw new Error(`"${type}" has no type in the schema.`);
    for (const field of fields) {
      const definition = object.getFields()[field.name];
      if (definition) definition.resolve = ({ data }: EventRecord) => valueIn(data, field);
    }
  }
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isInterfaceType(type)) continue;
    const { resolveType } = type;
    type.resolveType = (value, ...more) =>
      value instanceof EventRecord ? typeNameOf(value.type) : resolveType?.(value, ...more);
  }
  return schema;
}
