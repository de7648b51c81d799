import type { CodegenConfig } from '@graphql-codegen/cli';

/** Types of the client, from the emitted schema and the documents that the client sends. */
const config: CodegenConfig = {
  schema: 'schema/schema.graphql',
  documents: 'schema/operations/*.graphql',
  generates: {
    'src/client/generated.ts': {
      plugins: ['typescript-operations', 'typed-document-node'],
      config: {
        // Documents as text: the client needs no GraphQL library at run time.
        documentMode: 'string',
        useTypeImports: true,
        enumsAsTypes: true,
        skipTypename: true,
        scalars: { DateTime: 'string', Cursor: 'string', JSON: 'unknown' },
      },
    },
  },
};
export default config;
