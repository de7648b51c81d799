import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  parse,
  specifiedRules,
  type VariableNode,
  validate,
  visit,
} from 'graphql';
import { cursorOf, printCursor } from '../../events/cursor.js';
import type { EventRecord } from '../../events/event.js';
import { Progress } from '../../events/tail.js';
import { Context, type Socket } from '../context.js';
import { limits, withinLimits } from '../limits.js';

/** A request as every transport brings it. */
export interface Asked {
  query: string;
  operationName?: string | null;
  variables?: Record<string, unknown> | null;
  /** `progress: true` asks to be told how far a filter that hides everything has looked. */
  extensions?: Record<string, unknown> | null;
}

/** A document that was parsed and validated once, for all who send it. */
interface Document {
  document: DocumentNode;
  errors: readonly GraphQLError[];
}

const remembered = 500;

/** What follows a log is kept open for hours by thousands: documents are parsed once, and equal answers made once. */
export class Operations {
  readonly #documents = new Map<string, Document>();

  constructor(readonly schema: GraphQLSchema) {}

  /** What is to be executed, or why it cannot be. */
  prepare(asked: Asked, contextValue: Context): ExecutionArgs | readonly GraphQLError[] {
    const { document, errors } = this.#document(String(asked.query));
    if (errors.length > 0) return errors;
    return {
      schema: this.schema,
      document,
      operationName: asked.operationName,
      variableValues: asked.variables,
      contextValue,
    };
  }

  #document(text: string): Document {
    const known = this.#documents.get(text);
    if (known) return known;
    const read = this.#read(text);
    if (this.#documents.size >= remembered) this.#documents.clear();
    this.#documents.set(text, read);
    return read;
  }

  #read(text: string): Document {
    try {
      const document = parse(text, { maxTokens: limits.tokens });
      return { document, errors: validate(this.schema, document, [...specifiedRules, withinLimits]) };
    } catch (error) {
      const fault = error instanceof GraphQLError ? error : new GraphQLError(String(error));
      return { document: { kind: 'Document', definitions: [] } as never, errors: [fault] };
    }
  }

  /**
   * Runs a subscription. Every answer has its cursor in `extensions.cursor`; with `progress`, so has an answer without data
   * whenever a filter has hidden everything for a while.
   */
  async subscribe(args: ExecutionArgs, progress: boolean): Promise<AsyncGenerator<ExecutionResult> | ExecutionResult> {
    const ended = new AbortController();
    const context = bound(args.contextValue as Context, ended);
    const own = { ...args, contextValue: context };
    const source = await createSourceEventStream(own);
    if (!(Symbol.asyncIterator in source)) return source;
    const results = this.#answers(source as AsyncIterable<EventRecord | Progress>, own, progress);
    // A generator that waits does not hear `return`: the signal wakes it.
    const end = results.return.bind(results);
    results.return = (value) => {
      ended.abort();
      return end(value);
    };
    return results;
  }

  async *#answers(
    source: AsyncIterable<EventRecord | Progress>,
    args: ExecutionArgs,
    progress: boolean,
  ): AsyncGenerator<ExecutionResult, void> {
    const { epoch } = (args.contextValue as Context).store;
    const likeness = likenessOf(args);
    try {
      for await (const event of source) {
        if (!(event instanceof Progress)) {
          const result = await answer(args, event, likeness);
          yield { ...result, extensions: { cursor: cursorOf(event, epoch) } };
        } else if (progress) {
          yield { data: null, extensions: { cursor: printCursor({ ...event, epoch }) } };
        }
      }
    } catch (error) {
      // A database that went away ends the subscription with its name; the follower resumes by its cursor.
      const cause = error instanceof Error ? error : new Error(String(error));
      yield { errors: [new GraphQLError(cause.message, { originalError: cause })] };
    }
  }
}

/** The context of one subscription, which ends by itself or with its socket. */
function bound(context: Context, ended: AbortController): Context {
  const { socket } = context;
  if (!socket) return context;
  const { signal } = ended;
  if (socket.signal.aborted) ended.abort();
  else socket.signal.addEventListener('abort', () => ended.abort(), { once: true, signal });
  const own: Socket = {
    alive: () => socket.alive(),
    drained: () => socket.drained(),
    lastEventId: socket.lastEventId,
    signal,
  };
  return new Context(context.services, context.principal, own);
}

const answers = new WeakMap<EventRecord, Map<string, Promise<ExecutionResult>>>();

/** The answer to one event. Subscribers who ask the same, with the same rights, share it. */
function answer(args: ExecutionArgs, event: EventRecord, likeness: string): Promise<ExecutionResult> {
  const known = answers.get(event) ?? new Map<string, Promise<ExecutionResult>>();
  answers.set(event, known);
  const made = known.get(likeness) ?? Promise.resolve(execute({ ...args, rootValue: event }));
  known.set(likeness, made);
  return made;
}

const numbers = new WeakMap<DocumentNode, number>();
let count = 0;

/** Everything that an answer depends on beside the event: the document, the variables below its root, and who asks. */
function likenessOf({ document, operationName, variableValues, contextValue }: ExecutionArgs): string {
  const number = numbers.get(document) ?? ++count;
  numbers.set(document, number);
  const used: Record<string, unknown> = {};
  const root = getOperationAST(document, operationName)?.selectionSet.selections[0];
  // Where it began to follow does not show in what it is sent.
  const below = root?.kind === 'Field' ? { ...root, arguments: [] } : document;
  const use = ({ name: { value } }: VariableNode) => {
    used[value] = variableValues?.[value];
  };
  visit(below, { Variable: use });
  for (const definition of document.definitions)
    if (definition.kind === 'FragmentDefinition') visit(definition, { Variable: use });
  const { requestId: _own, ...principal } = (contextValue as Context).principal;
  return JSON.stringify([number, operationName, used, principal]);
}
