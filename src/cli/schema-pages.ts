import { lexicographicSortSchema, printSchema } from 'graphql';
import { subgraphSdl } from '../adapters/graphql/engine/federation.js';
import { buildSchema } from '../adapters/graphql/schema.js';

/** Returns the content of schema/schema.graphql. */
export const schemaPage = (): string => printSchema(lexicographicSortSchema(buildSchema()));

/** Returns the schema as a subgraph with the given prefix of type names, for a composition. @throws PrefixRefused */
export const subgraphPage = (prefix: string): string => subgraphSdl(buildSchema(), prefix);
