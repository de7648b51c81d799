import { GraphQLError, GraphQLScalarType, type ValueNode } from 'graphql';
import { GraphQLDateTime } from 'graphql-scalars';

/** Rejects a time that RFC 3339 cannot express in UTC, such as the last hours of 9999 with a negative offset. */
function expressible(time: Date): Date {
  const year = time.getUTCFullYear();
  if (year < 0 || year > 9999) throw new GraphQLError('The time is outside of the years 0 to 9999 in UTC.');
  return time;
}

/** Times of the schema: `DateTime` of graphql-scalars, limited to times that it also accepts as input. */
export const DateTimeScalar = new GraphQLScalarType<Date, Date>({
  ...GraphQLDateTime.toConfig(),
  description: 'Time in UTC, such as 2030-01-31T10:15:30.123Z (RFC 3339 section 5.6). The years are 0 to 9999.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  parseValue: (value: unknown) => expressible(GraphQLDateTime.parseValue(value)),
  parseLiteral: (node: ValueNode, variables) => expressible(GraphQLDateTime.parseLiteral(node, variables)),
});
