import { extendSchema, type GraphQLSchema, lexicographicSortSchema, parse, print, printSchema, visit } from 'graphql';
import { authorize } from '../../../access/authorize.js';
import { BadInput } from '../../../kernel/errors.js';
import { prefixOf } from '../../../kernel/ids.js';
import { isObject } from '../../../kernel/json.js';
import type { Context } from '../context.js';
import { findNode } from '../nodes.js';
import { TypePrefix } from './type-prefix.js';

/** Types that other subgraphs can reference, with the prefixes of their ids. */
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

/** Fields of Query that are absent from the subgraph: the host has its own, and a field can have only one source. */
const ownOfHost = new Set(['node', 'nodes', 'viewer']);

/**
 * Returns the schema in the format of an Apollo Federation 2 subgraph: with its keys, and without the fields that
 * federation adds. With a prefix, all names of types start with it.
 *
 * @throws PrefixRefused
 */
export function subgraphSdl(schema: GraphQLSchema, prefix: string): string {
  const keys = Object.keys(entities).map((name) => `extend type ${name} @key(fields: "id")`);
  const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])';
  // All subgraphs have paged lists, so several of them can define PageInfo.
  const shared = 'extend type PageInfo @shareable';
  const byCustomer = 'extend type Organization @key(fields: "externalId")';
  const sdl = [link, printSchema(lexicographicSortSchema(schema)), shared, ...keys, byCustomer].join('\n\n');
  const document = visit(parse(sdl), {
    ObjectTypeDefinition: ({ name, fields, ...node }) =>
      name.value === 'Query'
        ? { ...node, name, fields: fields?.filter((field) => !ownOfHost.has(field.name.value)) }
        : undefined,
  });
  return print(prefix === '' ? document : new TypePrefix(prefix, schema).prefixed(document));
}

/**
 * Returns the schema that the server executes, as a subgraph if it has to be one, and the prefix of its names.
 *
 * @throws PrefixRefused
 */
export function servedSchema(schema: GraphQLSchema, subgraph: { prefix: string } | null) {
  if (!subgraph) return { schema, prefix: null };
  const prefix = subgraph.prefix === '' ? null : new TypePrefix(subgraph.prefix, schema);
  return { schema: federated(schema, subgraph.prefix), prefix };
}

/**
 * Returns the schema with the two fields that a federation gateway queries (the Apollo Federation subgraph
 * specification).
 *
 * @throws PrefixRefused
 */
function federated(schema: GraphQLSchema, prefix: string): GraphQLSchema {
  const sdl = subgraphSdl(schema, prefix);
  const subgraph = extendSchema(schema, parse(added));
  const fields = subgraph.getQueryType()?.getFields() ?? {};
  const { _service: service, _entities: references } = fields;
  const union = subgraph.getType('_Entity');
  if (!service || !references || !union || !('resolveType' in union))
    throw new Error('The schema does not support federation.');
  service.resolve = () => ({ sdl });
  references.resolve = (_root, { representations }: { representations: unknown[] }, context: Context) =>
    Promise.all(representations.map((representation) => resolveReference(context, representation, prefix)));
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
function resolveReference(context: Context, representation: unknown, prefix: string): Promise<object | null> {
  const { __typename: given, id, externalId } = isObject(representation) ? representation : {};
  const name = typeof given === 'string' && given.startsWith(prefix) ? given.slice(prefix.length) : given;
  if (typeof name !== 'string' || !Object.hasOwn(entities, name)) {
    const found = typeof given === 'string' ? `"${given}" is not an entity.` : 'It is missing.';
    throw new BadInput(`"representations" must contain the name of an entity in "__typename": ${names}. ${found}`);
  }
  if (typeof id === 'string') return typeOf(id) === name ? findNode(context, id) : Promise.resolve(null);
  if (name === 'Organization' && typeof externalId === 'string') return findByExternalId(context, externalId);
  const other = name === 'Organization' ? ' or "externalId"' : '';
  throw new BadInput(`"representations" must have the key "id"${other} of ${name} as a string.`);
}

/** Returns the organization; null if it does not exist or the caller cannot see it. */
async function findByExternalId(context: Context, externalId: string): Promise<object | null> {
  authorize(context, 'organization.read');
  const organization = await context.loaders.organizationByExternalId.load(externalId);
  const { organizationId } = context.principal;
  return organizationId === null || organizationId === organization?.id ? organization : null;
}
