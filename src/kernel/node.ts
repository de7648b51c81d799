import { GraphQLError, GraphQLScalarType } from 'graphql';
import { GraphQLJSON } from 'graphql-scalars';
import { Field, ID, InterfaceType } from 'type-graphql';

/** GraphQL scalar for any JSON value. */
export const JsonScalar = new GraphQLScalarType({ ...GraphQLJSON.toConfig(), name: 'JSON', specifiedByURL: undefined });

/** Interface of objects with an id (the Relay convention). */
@InterfaceType('Node')
export abstract class NodeInterface {
  @Field(() => ID)
  id: string;
}

/** GraphQL scalar for cursors. They are opaque: callers store them and send them back. */
export const CursorScalar = new GraphQLScalarType<string, string>({
  name: 'Cursor',
  description:
    'Opaque cursor. For events it carries organization, position, log epoch and the id of the event, and stays valid until the event is past retention.',
  serialize: String,
  parseValue: (value) => {
    if (typeof value === 'string') return value;
    throw new GraphQLError('A cursor is a string. Send one that the API returned.');
  },
});

/** GraphQL scalar for positions in the log. `Int` ends at 2^31, and a log can grow longer. */
export const PositionScalar = new GraphQLScalarType<number | bigint, number | string>({
  name: 'Position',
  description: 'Position in the event log: an integer, serialized as a number below 2^53 and as a string above.',
  serialize: (value) => {
    if (typeof value !== 'number' && typeof value !== 'bigint')
      throw new GraphQLError(`A position is an integer, not ${typeof value}.`);
    return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  },
});
