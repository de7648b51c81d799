import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  parse,
  type VariableNode,
  visit,
} from 'graphql';
import { EventRecord } from '../../../events/event.js';
import { Progress } from '../../../events/follow.js';
import { Context, type Socket } from '../context.js';
import type { Execution } from '../engine/execution.js';
import { faultsOfVariables } from '../engine/input-errors.js';
import { limits } from '../engine/limits.js';

/** Request of a subscription, from any transport. */
export interface Asked {
  query: string;
  operationName?: string | null;
  variables?: Record<string, unknown> | null;
  /** With `progress: true`, the client receives its position while the filter hides all events. */
  extensions?: Record<string, unknown> | null;
}

/** Document that was parsed and validated once for all callers. */
interface Document {
  document: DocumentNode;
  errors: readonly GraphQLError[];
}

const remembered = 500;

/**
 * Executes subscriptions. Thousands of them can be open for hours, so documents are parsed once, and equal responses
 * are built once.
 */
export class Operations {
  readonly #documents = new Map<string, Document>();

  constructor(readonly execution: Execution) {}

  get schema(): GraphQLSchema {
    return this.execution.schema;
  }

  /** Returns the arguments of the execution, or the errors of the request. */
  prepare(asked: Asked, contextValue: Context): ExecutionArgs | readonly GraphQLError[] {
    const { document, errors } = this.#document(String(asked.query));
    if (errors.length > 0) return errors;
    const operation = getOperationAST(document, asked.operationName);
    const { query: source, variables } = asked;
    if (operation) {
      const refused = this.execution.refusal({ document, operation, source, variables });
      // The library assigns no code to errors of variables, and clients retry errors without a code.
      const faults = refused.length > 0 ? refused : faultsOfVariables(this.schema, operation, variables ?? {});
      if (faults.length > 0) return faults;
      this.execution.countDeprecated({ document, operation, variables }, contextValue);
    }
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
    if (read.errors.length > 0) return read;
    if (this.#documents.size >= remembered) this.#documents.clear();
    this.#documents.set(text, read);
    return read;
  }

  #read(text: string): Document {
    try {
      const document = this.execution.plain(parse(text, { maxTokens: limits.tokens }));
      return { document, errors: this.execution.faultsIn(document) };
    } catch (error) {
      const fault = error instanceof GraphQLError ? error : new GraphQLError(String(error));
      return { document: { kind: Kind.DOCUMENT, definitions: [] }, errors: [fault] };
    }
  }

  /**
   * Runs a subscription. The response to an event has its cursor in `extensions.cursor`; the response for a `Progress`
   * has nothing else. Objects that are not events have no cursor.
   *
   * @returns the responses that `take` does not accept, or a single response with the error
   */
  async subscribe(args: ExecutionArgs, take: Take): Promise<AsyncGenerator<ExecutionResult, void> | ExecutionResult> {
    const ended = new AbortController();
    const context = bound(args.contextValue as Context, ended);
    const operation = getOperationAST(args.document, args.operationName);
    const mark = (result: ExecutionResult) => {
      if (operation) this.execution.mark({ document: args.document, operation }, result);
    };
    const own: Running = { ...args, contextValue: context, mark };
    const source = await createSourceEventStream(own);
    if (!(Symbol.asyncIterator in source)) return source;
    const answers = answersTo(source as AsyncIterable<object[] | Progress>, own, take);
    // A generator that is waiting does not react to `return`: the signal wakes it.
    const end = answers.return.bind(answers);
    answers.return = (value) => {
      ended.abort();
      return end(value);
    };
    return answers;
  }
}

/** Response of a subscription to one event or other object. */
export interface Answer {
  result: ExecutionResult;
  /**
   * Result as JSON, built once for all subscribers with equal results; null if it has errors, which are formatted
   * later.
   */
  text: string | null;
  /** Cursor of the event; empty for another object, and for an error. */
  cursor: string;
  /** True if the response contains only the position of the reader. */
  isProgress: boolean;
}

/**
 * Function that receives each response first. It returns true if it has sent the response; the library does not receive
 * it then.
 */
export type Take = (answer: Answer) => boolean;

/** Arguments of a running subscription. */
interface Running extends ExecutionArgs {
  /** Adds the prefix of a subgraph to each `__typename` of a result. */
  mark: (result: ExecutionResult) => void;
}

async function* answersTo(
  source: AsyncIterable<object[] | Progress>,
  args: Running,
  take: Take,
): AsyncGenerator<ExecutionResult, void> {
  const { store, socket } = args.contextValue as Context;
  const likeness = likenessOf(args);
  const offer = (answer: Answer) => (take(answer) ? [] : [answer.result]);
  try {
    for await (const item of source) {
      if (item instanceof Progress) yield* offer(progressOf(store.history.cursorAt(item.organizationId, item.at)));
      else {
        for (const root of item) {
          // Nothing is sent after the credential was revoked, or while the peer does not read.
          if (socket && !(socket.holds() || (await socket.stillHolds()))) return;
          const made = answerTo(args, root, likeness);
          const answer = made instanceof Promise ? await made : made;
          if (!take(answer)) yield answer.result;
        }
      }
    }
  } catch (error) {
    // A lost database ends the subscription with an error. The client resumes from its cursor.
    const cause = error instanceof Error ? error : new Error(String(error));
    const errors = [new GraphQLError(cause.message, { originalError: cause })];
    yield* offer({ result: { errors }, text: null, cursor: '', isProgress: false });
  }
}

function progressOf(cursor: string): Answer {
  const result = { data: null, extensions: { cursor } };
  return { result, text: JSON.stringify(result), cursor, isProgress: true };
}

/** Returns the context of one subscription, which ends separately or with its socket. */
function bound(context: Context, ended: AbortController): Context {
  const { socket } = context;
  if (!socket) return context;
  const { signal } = ended;
  if (socket.signal.aborted) ended.abort();
  else socket.signal.addEventListener('abort', () => ended.abort(), { once: true, signal });
  const own: Socket = {
    holds: () => socket.holds(),
    stillHolds: () => socket.stillHolds(),
    lastEventId: socket.lastEventId,
    signal,
  };
  return new Context(context.services, context.principal, own);
}

const answers = new WeakMap<object, Map<string, Answer | Promise<Answer>>>();

/** Returns the response to one event or other object. Subscribers with equal operations and permissions share it. */
function answerTo(args: Running, root: object, likeness: string): Answer | Promise<Answer> {
  const known = answers.get(root) ?? new Map<string, Answer | Promise<Answer>>();
  answers.set(root, known);
  const made = known.get(likeness);
  if (made) return made;
  const making = makeAnswer(args, root);
  known.set(likeness, making);
  void making.then((answer) => known.set(likeness, answer));
  return making;
}

async function makeAnswer(args: Running, root: object): Promise<Answer> {
  const executed = await execute({ ...args, rootValue: root });
  const cursor = root instanceof EventRecord ? (args.contextValue as Context).store.history.cursorOf(root) : '';
  const result = cursor === '' ? executed : { ...executed, extensions: { cursor } };
  args.mark(result);
  return { result, text: result.errors ? null : JSON.stringify(result), cursor, isProgress: false };
}

const numbers = new WeakMap<DocumentNode, number>();
let count = 0;

/** Returns a key of everything that a response depends on, except the object: document, variables, and caller. */
function likenessOf({ document, operationName, variableValues, contextValue }: ExecutionArgs): string {
  const number = numbers.get(document) ?? ++count;
  numbers.set(document, number);
  const used: Record<string, unknown> = {};
  const root = getOperationAST(document, operationName)?.selectionSet.selections[0];
  // Responses do not depend on where the subscription started.
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
