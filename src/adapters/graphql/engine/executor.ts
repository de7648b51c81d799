import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  OperationTypeNode,
  type SourceLocation,
} from 'graphql';
import { type CompiledQuery, compileQuery, isCompiledQuery } from 'graphql-jit';
import { faultsOfVariables } from './input-errors.js';

/** Number of executions of an operation in a document, and its compiled query if there is one. */
interface Known {
  times: number;
  query: CompiledQuery['query'] | null;
}

/**
 * Number of the execution at which a query is compiled. Compiling takes milliseconds, which is too long for a query that
 * runs once.
 */
const worthwhile = 3;

/**
 * Executes documents. Frequent queries are compiled into functions, which resolve a page in a fraction of the time.
 * Responses do not depend on compilation, and nothing is executed twice.
 */
export class Executor {
  readonly #known = new WeakMap<DocumentNode, Map<string, Known>>();

  constructor(readonly schema: GraphQLSchema) {}

  async execute(args: Omit<ExecutionArgs, 'schema'>): Promise<ExecutionResult> {
    const { document, operationName, variableValues, contextValue, rootValue } = args;
    const query = this.#programOf(document, operationName ?? undefined);
    const result = query
      ? ((await query(rootValue, contextValue, variableValues ?? {})) as ExecutionResult)
      : await execute({ ...args, schema: this.schema });
    if (!result.errors) return result;
    const operation = result.data === undefined ? getOperationAST(document, operationName) : null;
    const faults = operation ? faultsOfVariables(this.schema, operation, variableValues ?? {}) : [];
    if (faults.length > 0) return { errors: faults };
    const errors = query ? result.errors.map((error) => asInterpreted(error, document)) : result.errors;
    return { ...result, errors: orderedErrors({ ...result, errors }) };
  }

  #programOf(document: DocumentNode, operationName: string | undefined): CompiledQuery['query'] | null {
    const operations = this.#known.get(document) ?? new Map<string, Known>();
    this.#known.set(document, operations);
    const known = operations.get(operationName ?? '') ?? { times: 0, query: null };
    operations.set(operationName ?? '', known);
    if (++known.times === worthwhile) known.query = this.#compile(document, operationName);
    return known.query;
  }

  #compile(document: DocumentNode, operationName: string | undefined): CompiledQuery['query'] | null {
    // Mutations are not compiled: their time is that of the transaction.
    if (getOperationAST(document, operationName)?.operation !== OperationTypeNode.QUERY) return null;
    const compiled = compileQuery(this.schema, document, operationName);
    return isCompiledQuery(compiled) ? compiled.query : null;
  }
}

/** Returns the error of a compiled query as the interpreter would return it, with its position in the source. */
function asInterpreted(error: GraphQLError, { loc }: DocumentNode): GraphQLError {
  const { message, locations, path, originalError, extensions } = error;
  const positions = loc && locations?.map((location) => offsetOf(loc.source.body, location));
  return new GraphQLError(message, { source: loc?.source, positions, path, originalError, extensions });
}

function offsetOf(body: string, { line, column }: SourceLocation): number {
  const before = [...body.matchAll(/\r\n|[\n\r]/g)][line - 2];
  return (before ? before.index + before[0].length : 0) + column - 1;
}

/**
 * Keeps one error for each value that became null, and sorts the errors by path. Several fields can fail below one
 * value, and in any order, so without this step the result would depend on how the query is executed.
 */
function orderedErrors({ data, errors = [] }: ExecutionResult): GraphQLError[] {
  const ordered = [...errors].sort((a, b) => (a.positions?.[0] ?? 0) - (b.positions?.[0] ?? 0) || comparePaths(a, b));
  const places = new Set<unknown>();
  return ordered.filter((error) => {
    const place = error.path ? JSON.stringify(nulledAt(data, error.path)) : error;
    return !places.has(place) && places.add(place);
  });
}

/** Returns the path of the outermost null value along a path. */
function nulledAt(data: unknown, path: readonly (string | number)[]): readonly (string | number)[] {
  let value = data;
  for (const [depth, key] of path.entries()) {
    if (value === null || value === undefined) return path.slice(0, depth);
    value = (value as Record<string | number, unknown>)[key];
  }
  return path;
}

function comparePaths({ path: a = [] }: GraphQLError, { path: b = [] }: GraphQLError): number {
  const at = a.findIndex((key, depth) => key !== b[depth]);
  return Number(a[at]) - Number(b[at]) || 0;
}
