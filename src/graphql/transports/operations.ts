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
import type { EventRecord } from '../../events/event.js';
import { Progress } from '../../events/follow.js';
import { Context, type Socket } from '../context.js';
import type { Execution } from '../execution.js';
import { faultsOfVariables } from '../input-faults.js';
import { limits } from '../limits.js';

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

  constructor(readonly execution: Execution) {}

  get schema(): GraphQLSchema {
    return this.execution.schema;
  }

  /** What is to be executed, or why it cannot be. */
  prepare(asked: Asked, contextValue: Context): ExecutionArgs | readonly GraphQLError[] {
    const { document, errors } = this.#document(String(asked.query));
    if (errors.length > 0) return errors;
    const operation = getOperationAST(document, asked.operationName);
    const { query: source, variables } = asked;
    if (operation) {
      const refused = this.execution.refusal({ document, operation, source, variables });
      // The library gives no code to faults of variables, and a client without a code tries again.
      const faults = refused.length > 0 ? refused : faultsOfVariables(this.schema, operation, variables ?? {});
      if (faults.length > 0) return faults;
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
      const document = parse(text, { maxTokens: limits.tokens });
      return { document, errors: this.execution.faultsIn(document) };
    } catch (error) {
      const fault = error instanceof GraphQLError ? error : new GraphQLError(String(error));
      return { document: { kind: Kind.DOCUMENT, definitions: [] }, errors: [fault] };
    }
  }

  /**
   * Runs a subscription. Every answer has its cursor in `extensions.cursor`; a `Progress` has nothing but that.
   *
   * @returns the answers that `take` has left, or the one answer that says why there are none
   */
  async subscribe(args: ExecutionArgs, take: Take): Promise<AsyncGenerator<ExecutionResult, void> | ExecutionResult> {
    const ended = new AbortController();
    const context = bound(args.contextValue as Context, ended);
    const own = { ...args, contextValue: context };
    const source = await createSourceEventStream(own);
    if (!(Symbol.asyncIterator in source)) return source;
    const answers = answersTo(source as AsyncIterable<EventRecord[] | Progress>, own, take);
    // A generator that waits does not hear `return`: the signal wakes it.
    const end = answers.return.bind(answers);
    answers.return = (value) => {
      ended.abort();
      return end(value);
    };
    return answers;
  }
}

/** One answer of a subscription. */
export interface Answer {
  result: ExecutionResult;
  /** The result as JSON, made once for all who are given the same; null while it has errors that are yet to be looked at. */
  text: string | null;
  cursor: string;
  /** Whether it tells only how far a filter has looked. */
  isProgress: boolean;
}

/** Given each answer first. True when it has been sent, and is not to be given to the library. */
export type Take = (answer: Answer) => boolean;

async function* answersTo(
  source: AsyncIterable<EventRecord[] | Progress>,
  args: ExecutionArgs,
  take: Take,
): AsyncGenerator<ExecutionResult, void> {
  const { store, socket } = args.contextValue as Context;
  const likeness = likenessOf(args);
  const offer = (answer: Answer) => (take(answer) ? [] : [answer.result]);
  try {
    for await (const item of source) {
      if (item instanceof Progress) yield* offer(progressOf(store.history.cursorAt(item.organizationId, item.at)));
      else {
        for (const event of item) {
          // A credential that has been revoked sees nothing that happened since; a peer that does not read, nothing more.
          if (socket && !(socket.holds() || (await socket.stillHolds()))) return;
          const made = answerTo(args, event, likeness);
          const answer = made instanceof Promise ? await made : made;
          if (!take(answer)) yield answer.result;
        }
      }
    }
  } catch (error) {
    // A database that went away ends the subscription with its name; the follower resumes by its cursor.
    const cause = error instanceof Error ? error : new Error(String(error));
    const errors = [new GraphQLError(cause.message, { originalError: cause })];
    yield* offer({ result: { errors }, text: null, cursor: '', isProgress: false });
  }
}

function progressOf(cursor: string): Answer {
  const result = { data: null, extensions: { cursor } };
  return { result, text: JSON.stringify(result), cursor, isProgress: true };
}

/** The context of one subscription, which ends by itself or with its socket. */
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

const answers = new WeakMap<EventRecord, Map<string, Answer | Promise<Answer>>>();

/** The answer to one event. Subscribers who ask the same, with the same rights, share it. */
function answerTo(args: ExecutionArgs, event: EventRecord, likeness: string): Answer | Promise<Answer> {
  const known = answers.get(event) ?? new Map<string, Answer | Promise<Answer>>();
  answers.set(event, known);
  const made = known.get(likeness);
  if (made) return made;
  const making = makeAnswer(args, event);
  known.set(likeness, making);
  void making.then((answer) => known.set(likeness, answer));
  return making;
}

async function makeAnswer(args: ExecutionArgs, event: EventRecord): Promise<Answer> {
  const cursor = (args.contextValue as Context).store.history.cursorOf(event);
  const result = { ...(await execute({ ...args, rootValue: event })), extensions: { cursor } };
  return { result, text: result.errors ? null : JSON.stringify(result), cursor, isProgress: false };
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
