import {
  type DocumentNode,
  type ExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  OperationTypeNode,
  specifiedRules,
  type ValidationRule,
  validate,
  visit,
} from 'graphql';
import type { Once } from '../../../access/idempotency.js';
import { PublicError } from '../../../kernel/errors.js';
import type { Context } from '../context.js';
import { unconditionalRootRule } from '../events/subscription-root.js';
import { protocolError, publicError, shownError } from './errors.js';
import { Executor } from './executor.js';
import { DeprecatedParts } from './find-deprecated.js';
import { answerOnce, keep, onceFor } from './idempotent.js';
import { enumsOfValues } from './input-errors.js';
import { beyondLimits, excesses, maximumErrors, type Weight, weigh } from './limits.js';
import { isOutcomeUnknown, isPartlySaved, outcomesOf } from './outcomes.js';
import type { Safelist } from './safelist.js';
import { checkTexts } from './texts.js';
import type { TypePrefix } from './type-prefix.js';

/** Request with a valid document. */
export interface Asked {
  document: DocumentNode;
  operation: OperationDefinitionNode;
  source: string;
  operationName?: string | null | undefined;
  variables?: Record<string, unknown> | null | undefined;
  /** Value of the header `Idempotency-Key`. */
  key?: string | undefined;
  /** True if the response must contain the cost of the operation. */
  showsCost?: boolean;
}

/** Response as the caller can see it. */
export interface Shown {
  result: {
    data?: Record<string, unknown> | null;
    errors?: GraphQLFormattedError[];
    extensions?: Record<string, unknown>;
  };
  status: number;
  /** True if this is the stored response to a repeated request. */
  replayed: boolean;
}

type Report = (error: unknown) => void;

/** Executes queries and mutations within the limits, and converts errors to those that callers can see. */
export class Execution {
  readonly #executor: Executor;
  readonly #deprecated: DeprecatedParts;
  readonly #weights = new WeakMap<OperationDefinitionNode, Weight | null>();

  readonly #faults = new WeakMap<DocumentNode, readonly GraphQLError[]>();
  readonly #rules: readonly ValidationRule[];

  constructor(
    readonly schema: GraphQLSchema,
    readonly options: { safelist: Safelist | null; debug: boolean; introspection: boolean; prefix: TypePrefix | null },
  ) {
    this.#executor = new Executor(schema);
    this.#deprecated = new DeprecatedParts(schema);
    this.#rules = options.introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  }

  /** Returns the document with the names of schema.graphql, which it can have with the prefix of a subgraph. */
  plain(document: DocumentNode): DocumentNode {
    return this.options.prefix?.plain(document) ?? document;
  }

  /** Adds the prefix of a subgraph to each `__typename` of a result of the operation. */
  mark({ document, operation }: Pick<Asked, 'document' | 'operation'>, { data }: ExecutionResult): void {
    this.options.prefix?.mark(document, operation, data);
  }

  /** Returns the errors of a document for any caller. They are computed once, beginning with the cheapest check. */
  faultsIn(given: DocumentNode): readonly GraphQLError[] {
    const document = this.plain(given);
    const known = this.#faults.get(document);
    if (known) return known;
    const tooMuch = beyondLimits(this.schema, document);
    const found = tooMuch.length > 0 ? tooMuch : this.#invalid(document);
    this.#faults.set(document, found);
    return found;
  }

  #invalid(document: DocumentNode): GraphQLError[] {
    // Run first and separately, because a rule of the library throws if a variable skips a root field.
    const atRoot = validate(this.schema, document, [unconditionalRootRule]);
    const faults =
      atRoot.length > 0 ? atRoot : validate(this.schema, document, this.#rules, { maxErrors: maximumErrors });
    const enums = faults.length > 0 ? enumsOfValues(this.schema, document) : null;
    return faults.map(({ message, nodes, source, positions }) => {
      const allowed = enums?.get(nodes?.[0]);
      const extensions = { code: 'GRAPHQL_VALIDATION_FAILED', ...(allowed && { allowed }) };
      return new GraphQLError(message, { nodes, source, positions, extensions });
    });
  }

  /** Returns the response to a request that is not executed. */
  refused(errors: readonly GraphQLError[], context: Context, report: Report): Shown {
    return this.#shown({ errors }, context, report);
  }

  /** Returns the errors of an operation that depend on its variables or on this server's settings. */
  refusal({ document, operation, variables }: Asked): GraphQLError[] {
    if (this.options.safelist && !this.options.safelist.has(document)) {
      return [
        protocolError(
          'OPERATION_NOT_LISTED',
          'This server executes listed operations only, and this operation is not listed. Ask the operator to list it.',
        ),
      ];
    }
    return excesses(this.weightOf({ document, operation, variables }));
  }

  async answer(given: Asked, context: Context, report: Report): Promise<Shown> {
    const document = this.plain(given.document);
    const operation = getOperationAST(document, given.operationName) ?? given.operation;
    const asked = { ...given, document, operation };
    const started = performance.now();
    const refused = this.refusal(asked);
    if (refused.length > 0) return this.#shown({ errors: refused }, context, report);
    this.countDeprecated(asked, context);
    try {
      if (asked.operation.operation === OperationTypeNode.MUTATION) {
        checkTexts(asked.variables ?? {});
      }
      const once = onceFor(context, asked);
      const shown = once ? await this.#once(asked, { context, once, report }) : await this.#run(asked, context, report);
      if (this.options.debug) return this.#withCost(shown, asked, { durationMs: rounded(performance.now() - started) });
      return asked.showsCost ? this.#withCost(shown, asked, {}) : shown;
    } catch (error) {
      if (error instanceof PublicError) return this.#shown({ errors: [publicError(error)] }, context, report);
      throw error;
    }
  }

  /** Counts the deprecated parts of the schema that an operation uses, once for each execution or subscription. */
  countDeprecated(asked: Pick<Asked, 'document' | 'operation' | 'variables'>, { services }: Context): void {
    services.deprecations.add(this.#deprecated.usedBy(asked));
  }

  /** Returns the cost of the operation. It is computed only once unless a page size is a variable. */
  weightOf({ document, operation, variables }: Pick<Asked, 'document' | 'operation' | 'variables'>): Weight {
    const known = this.#weights.get(operation);
    if (known) return known;
    const weight = weigh(this.schema, document, { operation, variables: variables ?? {} });
    if (known === undefined) this.#weights.set(operation, hasVariableSize(document) ? null : weight);
    return weight;
  }

  async #run(asked: Asked, context: Context, report: Report): Promise<Shown> {
    const result = await this.#execute(asked, context);
    const shown = this.#shown(result, context, report);
    const isSaved = isPartlySaved(asked.operation, result) && !isOutcomeUnknown(shown.result);
    return isSaved ? { ...shown, status: 200 } : shown;
  }

  async #once(
    asked: Asked,
    { context, once, report }: { context: Context; once: Once; report: Report },
  ): Promise<Shown> {
    context.once = once;
    const { result, replayed } = await answerOnce(context, once, () => this.#execute(asked, context));
    if (replayed) return { result: result as Shown['result'], status: 200, replayed };
    const shown = this.#shown(result, context, report);
    // The change is saved even if the response cannot be stored. A response without the result is not stored: a
    // repeated request is answered with IDEMPOTENCY_ANSWER_LOST.
    if (once.claimed && !isOutcomeUnknown(shown.result))
      await keep(context, once, shown.result as ExecutionResult).catch(report);
    return shown;
  }

  async #execute({ document, operation, operationName, variables }: Asked, contextValue: Context) {
    const asked = { document, operationName, variableValues: variables, contextValue };
    const result = outcomesOf(operation, await this.#executor.execute(asked));
    this.mark({ document, operation }, result);
    return result;
  }

  #shown({ data, errors }: ExecutionResult, { principal: { requestId } }: Context, report: Report): Shown {
    if (!errors) return { result: { data: data ?? null }, status: 200, replayed: false };
    const seen = errors.map((error) => shownError(error, { requestId, report }));
    const failed = data === undefined;
    const status = failed ? statusOf(seen) : statusWhileAway(seen);
    const formatted = seen.map((error) => withoutHttp(error.toJSON()));
    return { result: { ...(failed ? {} : { data }), errors: formatted }, status, replayed: false };
  }

  #withCost(shown: Shown, asked: Asked, measured: { durationMs?: number }): Shown {
    const cost = { ...this.weightOf(asked), ...measured };
    return { ...shown, result: { ...shown.result, extensions: { ...shown.result.extensions, cost } } };
  }
}

const rounded = (ms: number) => Math.round(ms * 10) / 10;

const httpOf = ({ extensions }: GraphQLError) => (extensions.http as { status?: number } | undefined)?.status;
const statusOf = (errors: readonly GraphQLError[]): number => errors.map(httpOf).find((status) => status) ?? 400;
/** Returns 503 if a field failed because the database is unavailable, so that the request can be retried; else 200. */
const statusWhileAway = (errors: readonly GraphQLError[]): number =>
  errors.some((error) => httpOf(error) === 503) ? 503 : 200;

function withoutHttp(error: GraphQLFormattedError): GraphQLFormattedError {
  const { http: _status, ...extensions } = error.extensions ?? {};
  return { ...error, extensions };
}

function hasVariableSize(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Argument({ name, value }) {
      if ((name.value === 'first' || name.value === 'last') && value.kind === Kind.VARIABLE) found = true;
    },
  });
  return found;
}
