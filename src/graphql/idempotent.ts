import { createHash } from 'node:crypto';
import { type DocumentNode, type ExecutionResult, getOperationAST, OperationTypeNode } from 'graphql';
import { firstAnswer, KeyTaken, keepAnswer, type Once, onceOf } from '../access/idempotency.js';
import { BadInput } from '../errors.js';
import type { Context } from './context.js';

/** A request as far as its sameness goes. */
interface Request {
  document: DocumentNode;
  source: string;
  operationName?: string | null | undefined;
  variables?: unknown;
  /** The header `Idempotency-Key`. */
  key?: string | undefined;
}

/**
 * What the request is to be carried out under, when it is a mutation with a key.
 *
 * @throws BadInput for a key that is none, or with a document of several mutations: they commit one by one
 */
export function onceFor(context: Context, { document, source, operationName, variables, key }: Request): Once | null {
  const operation = getOperationAST(document, operationName);
  if (key === undefined || operation?.operation !== OperationTypeNode.MUTATION) return null;
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new BadInput('The header Idempotency-Key must have 1 to 255 printable characters, such as a UUID.', null);
  }
  const [first, ...others] = operation.selectionSet.selections;
  if (first?.kind !== 'Field' || others.length > 0) {
    throw new BadInput('A request with an Idempotency-Key has one mutation and no more.', null);
  }
  const whole = JSON.stringify([source, operationName ?? null, variables ?? null]);
  return onceOf(context.principal, key, createHash('sha256').update(whole).digest());
}

/**
 * Carries the request out, once however often it comes: a repeat within 24 hours is given the first answer. What is refused
 * has changed nothing and takes no key.
 */
export async function answerOnce<T extends ExecutionResult>(
  { store }: Context,
  once: Once,
  run: () => Promise<T>,
): Promise<{ result: T; replayed: boolean }> {
  const known = await firstAnswer(store, once);
  if (known !== null) return { result: JSON.parse(known), replayed: true };
  const result = await run();
  const isTaken = result.errors?.some(({ originalError }) => originalError instanceof KeyTaken) ?? false;
  if (isTaken) {
    const first = await firstAnswer(store, once);
    if (first !== null) return { result: JSON.parse(first), replayed: true };
  }
  return { result, replayed: false };
}

/** Keeps what the caller was told. */
export const keep = ({ store }: Context, once: Once, shown: ExecutionResult): Promise<void> =>
  keepAnswer(store, once, JSON.stringify(shown));
