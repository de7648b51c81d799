import { fileURLToPath } from 'node:url';

// The tools run in their own folder: paths are absolute.
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const plugins = ['typescript-operations', 'typed-document-node'];
const options = {
  // Documents as text: the client needs no GraphQL library at run time.
  documentMode: 'string',
  useTypeImports: true,
  enumsAsTypes: true,
  skipTypename: true,
  scalars: { DateTime: 'string', Cursor: 'string', JSON: 'unknown' },
};

/**
 * Types from the emitted schema: of the documents that the client sends, and of those that the tests build their scenes by.
 * Read by graphql-codegen, which `npm ci --prefix codegen` installs.
 */
const config = {
  schema: path('schema/schema.graphql'),
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
