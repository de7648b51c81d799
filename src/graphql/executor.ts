import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type GraphQLSchema,
  getOperationAST,
  OperationTypeNode,
} from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';
import { type CompiledQuery, compileQuery, isCompiledQuery } from 'graphql-jit';
import { maximumErrors } from './limits.js';

/** A document that was executed before: how often, and its program once it proved to be worth one. */
interface Known {
  times: number;
  query: CompiledQuery['query'] | null;
}

/** Compiling takes milliseconds: what comes once is not worth it. */
const worthwhile = 3;

/**
 * Executes documents. Queries that come again and again are compiled into a program of their own, which resolves a page in a
 * fraction of the time; what is said of a wrong variable is graphql-js's word either way.
 */
export class Executor {
  readonly #known = new WeakMap<DocumentNode, Map<string, Known>>();

  constructor(readonly schema: GraphQLSchema) {}

  async execute(args: Omit<ExecutionArgs, 'schema'>): Promise<ExecutionResult> {
    const { document, operationName, variableValues, contextValue, rootValue } = args;
    const query = this.#programOf(document, operationName ?? undefined);
    if (!query) return execute({ ...args, schema: this.schema });
    const given = (variableValues ?? {}) as Record<string, unknown>;
    const result = (await query(rootValue, contextValue, given)) as ExecutionResult;
    return result.data === undefined ? this.#refused({ document, operationName, given }, result) : result;
  }

  /** Nothing was executed: a variable is wrong, and the library's word for it is the one that callers know. */
  #refused(
    {
      document,
      operationName,
      given,
    }: Pick<ExecutionArgs, 'document' | 'operationName'> & { given: Record<string, unknown> },
    result: ExecutionResult,
  ): ExecutionResult {
    const declared = getOperationAST(document, operationName)?.variableDefinitions ?? [];
    const { errors } = getVariableValues(this.schema, declared, given, { maxErrors: maximumErrors });
    return errors ? { errors } : result;
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
    // A mutation's time is its transaction's.
    if (getOperationAST(document, operationName)?.operation !== OperationTypeNode.QUERY) return null;
    const compiled = compileQuery(this.schema, document, operationName);
    return isCompiledQuery(compiled) ? compiled.query : null;
  }
}
