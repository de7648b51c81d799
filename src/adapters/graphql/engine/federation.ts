import { extendSchema, type GraphQLSchema, lexicographicSortSchema, parse, printSchema } from 'graphql';
import { BadInput } from '../../../kernel/errors.js';
import { prefixOf } from '../../../kernel/ids.js';
import { isObject } from '../../../kernel/json.js';
import type { Context } from '../context.js';
import { findNode } from '../nodes.js';

/** Types that other subgraphs can reference by id, with their id prefixes. */
const entities = { Organization: 'org', User: 'user', Group: 'group' } as const;

const names = Object.keys(entities).join(', ');

const added = `
  scalar _Any
  scalar _FieldSet
  union _Entity = ${Object.keys(entities).join(' | ')}
  type _Service { sdl: String! }
  extend type Query {
    _service: _Service!
    _entities(representations: [_Any!]!): [_Entity]!
  }
`;

/**
 * Returns the schema in the format of an Apollo Federation 2 subgraph: with its keys, and without the fields that
 * federation adds.
 */
export function subgraphSdl(schema: GraphQLSchema): string {
  const keys = Object.keys(entities).map((name) => `extend type ${name} @key(fields: "id")`);
  const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])';
  // All subgraphs have paged lists, so several of them can define PageInfo.
  const shared = 'extend type PageInfo @shareable';
  return [link, printSchema(lexicographicSortSchema(schema)), shared, ...keys].join('\n\n');
}

/**
 * Returns the schema with the two fields that a federation gateway queries (the Apollo Federation subgraph
 * specification).
 */
export function federated(schema: GraphQLSchema): GraphQLSchema {
  const sdl = subgraphSdl(schema);
  const subgraph = extendSchema(schema, parse(added));
  const fields = subgraph.getQueryType()?.getFields() ?? {};
  const { _service: service, _entities: references } = fields;
  const union = subgraph.getType('_Entity');
  if (!service || !references || !union || !('resolveType' in union))
    throw new Error('The schema does not support federation.');
  service.resolve = () => ({ sdl });
  references.resolve = (_root, { representations }: { representations: unknown[] }, context: Context) =>
    Promise.all(representations.map((representation) => resolveReference(context, representation)));
  union.resolveType = (value: { id?: unknown }) => typeOf(String(value.id)) ?? undefined;
  return subgraph;
}

const typeOf = (id: string) => Object.entries(entities).find(([, prefix]) => prefixOf(id) === prefix)?.[0] ?? null;

/**
 * Returns the entity of a representation, or null if the caller cannot see it. All entities of a request are read
 * together.
 *
 * @throws BadInput if it does not name an entity and its key (Apollo Federation subgraph specification, `_entities`)
 */
function resolveReference(context: Context, representation: unknown): Promise<object | null> {
  const { __typename: name, id } = isObject(representation) ? representation : {};
  if (typeof name !== 'string' || !Object.hasOwn(entities, name)) {
    const found = typeof name === 'string' ? `"${name}" is not an entity.` : 'It is missing.';
    throw new BadInput(`"representations" must contain the name of an entity in "__typename": ${names}. ${found}`);
  }
  if (typeof id !== 'string') throw new BadInput(`"representations" must have the key "id" of ${name} as a string.`);
  return typeOf(id) === name ? findNode(context, id) : Promise.resolve(null);
}
