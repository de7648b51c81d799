import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Kind, parse, print, type TypeNode, visit } from 'graphql';

// The tools run in their own folder: paths are absolute.
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Fields of the documents below that are null only if they are refused. */
const nullIfRefused = new Set([
  'Query.apiKeys',
  'Query.eventCursor',
  'Query.events',
  'Organization.events',
  'Organization.groups',
  'Organization.users',
  'Group.origin',
  'Group.roles',
  'User.attributes',
  'User.origin',
  'User.protected',
  'User.roles',
]);

/**
 * Returns the emitted schema in which root fields of mutations and the fields of `nullIfRefused` are not null. The client
 * throws if a field is refused, so the types of its results do not contain null there.
 */
function schemaOfResults(): string {
  const nonNull = (type: TypeNode): TypeNode =>
    type.kind === Kind.NON_NULL_TYPE ? type : { kind: Kind.NON_NULL_TYPE, type };
  const served = parse(readFileSync(path('schema/schema.graphql'), 'utf8'));
  const results = visit(served, {
    ObjectTypeDefinition: (type) => ({
      ...type,
      fields: type.fields?.map((field) =>
        type.name.value === 'Mutation' || nullIfRefused.has(`${type.name.value}.${field.name.value}`)
          ? { ...field, type: nonNull(field.type) }
          : field,
      ),
    }),
  });
  return print(results);
}

const plugins = ['typescript-operations', 'typed-document-node'];
const options = {
  // Documents as text: the client needs no GraphQL library at run time.
  documentMode: 'string',
  useTypeImports: true,
  enumsAsTypes: true,
  skipTypename: true,
  // The types behind an interface have equal fields, unless a document distinguishes them.
  mergeFragmentTypes: true,
  scalars: { DateTime: 'string', Cursor: 'string', JSON: 'unknown', Position: 'number' },
};

/**
 * Types from the emitted schema: of the documents that the client sends, and of those that the tests build their scenes by.
 * Read by graphql-codegen, which `npm ci --prefix codegen` installs.
 */
const config = {
  schema: schemaOfResults(),
  generates: {
    [path('src/client/generated.ts')]: {
      documents: path('schema/operations/*.graphql'),
      plugins,
      config: options,
    },
    [path('test/support/generated.ts')]: {
      documents: path('test/support/operations/*.graphql'),
      plugins,
      config: options,
    },
  },
};
export default config;
