import { GraphQLError, GraphQLScalarType } from 'graphql';
import { GraphQLJSON } from 'graphql-scalars';
import { Field, ID, InterfaceType, registerEnumType } from 'type-graphql';

/** GraphQL scalar for any JSON value. */
export const JsonScalar = new GraphQLScalarType({
  ...GraphQLJSON.toConfig(),
  name: 'JSON',
  description: 'Any JSON value (RFC 8259).',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259',
});

/** Registers a GraphQL enum. Each value needs a description. */
export function describeEnum<T extends string>(
  values: { readonly [K in T]: string },
  { name, description, texts }: { name: string; description: string; texts: { readonly [K in T]: string } },
): void {
  const entries = Object.entries<string>(texts).map(([value, text]) => [value, { description: text }] as const);
  const valuesConfig = Object.fromEntries(entries) as { [K in T]?: { description: string } };
  registerEnumType(values, { name, description, valuesConfig });
}

/** Defines and registers a GraphQL enum whose values equal their names, from the descriptions of the values. */
export function enumType<T extends string>(
  name: string,
  description: string,
  texts: { readonly [K in T]: string },
): { readonly [K in T]: K } {
  const values = Object.fromEntries(Object.keys(texts).map((value) => [value, value])) as { [K in T]: K };
  describeEnum(values, { name, description, texts });
  return values;
}

/** Interface of objects with an id (the Relay convention). */
@InterfaceType('Node', { description: 'An object with a globally unique id (Relay convention).' })
export abstract class NodeInterface {
  @Field(() => ID, {
    description: 'Its prefix, such as `user_`, names the kind of object. `node` returns the object with this id.',
  })
  id: string;
}

/** GraphQL scalar for cursors. They are opaque: callers store them and send them back. */
export const CursorScalar = new GraphQLScalarType<string, string>({
  name: 'Cursor',
  description:
    'Opaque cursor. An event cursor contains the organization, position, epoch and event id. It is valid until the event is deleted by retention.',
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
