import { createHash } from 'node:crypto';
import { type DocumentNode, type ExecutionResult, getOperationAST, OperationTypeNode } from 'graphql';
import { firstAnswer, KeyTaken, keepAnswer, type Once, onceOf } from '../../../access/idempotency.js';
import { BadInput } from '../../../kernel/errors.js';
import type { Context } from '../context.js';

/** Parts of a request that determine whether another request is a repeat of it. */
interface Request {
  document: DocumentNode;
  source: string;
  operationName?: string | null | undefined;
  variables?: unknown;
  /** Value of the header `Idempotency-Key`. */
  key?: string | undefined;
}

/**
 * Returns the idempotency record of a mutation with a key; null for other requests.
 *
 * @throws BadInput for a malformed key, or a document with more than one mutation, because mutations commit one by one
 */
export function onceFor(context: Context, { document, source, operationName, variables, key }: Request): Once | null {
  const operation = getOperationAST(document, operationName);
  if (key === undefined || operation?.operation !== OperationTypeNode.MUTATION) return null;
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new BadInput(
      'The header Idempotency-Key must have 1 to 255 printable ASCII characters, such as a UUID.',
      null,
    );
  }
  const [first, ...others] = operation.selectionSet.selections;
  if (first?.kind !== 'Field' || others.length > 0) {
    throw new BadInput('A request with an Idempotency-Key must contain exactly one mutation.', null);
  }
  const whole = JSON.stringify([source, operationName ?? null, variables ?? null]);
  return onceOf(context.principal, key, createHash('sha256').update(whole).digest());
}

/**
 * Executes the request only once: a repeat within 24 hours returns the first response. A failed request changes nothing
 * and does not claim the key.
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

/** Stores the response for repeated requests. */
export const keep = ({ store }: Context, once: Once, shown: ExecutionResult): Promise<void> =>
  keepAnswer(store, once, JSON.stringify(shown));
