import { lexicographicSortSchema, printSchema } from 'graphql';
import { subgraphSdl } from '../adapters/graphql/engine/federation.js';
import { buildSchema } from '../adapters/graphql/schema.js';

/** Returns the content of schema/schema.graphql. */
export const schemaPage = (): string => printSchema(lexicographicSortSchema(buildSchema()));

/** Returns the schema as a subgraph, for a composition. */
export const subgraphPage = (): string => subgraphSdl(buildSchema());
