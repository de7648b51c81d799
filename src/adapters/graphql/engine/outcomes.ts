import { type ExecutionResult, GraphQLError, type OperationDefinitionNode, OperationTypeNode } from 'graphql';
import { OutcomeUnknown, Unavailable } from '../../../kernel/errors.js';

const readFailed =
  'The change was saved, but its result could not be read, because the database does not respond. Read the current state before you retry.';

/**
 * Returns the result of an operation with the errors of a mutation corrected if its change was saved. The fields of a
 * mutation's payload are read after its commit: there, UNAVAILABLE ("Nothing was changed") becomes OUTCOME_UNKNOWN.
 */
export function outcomesOf({ operation }: OperationDefinitionNode, result: ExecutionResult): ExecutionResult {
  if (operation !== OperationTypeNode.MUTATION || !result.errors) return result;
  const errors = result.errors.map((error) => {
    const isAfterCommit = (error.path?.length ?? 0) > 1 && error.originalError instanceof Unavailable;
    if (!isAfterCommit) return error;
    const { nodes, path, source, positions } = error;
    const originalError = new OutcomeUnknown(readFailed);
    return new GraphQLError(readFailed, { nodes, path, source, positions, originalError });
  });
  return { ...result, errors };
}

interface Answered {
  errors?: readonly { extensions?: Record<string, unknown> }[] | undefined;
}

const has = ({ errors = [] }: Answered, code: string): boolean =>
  errors.some(({ extensions }) => extensions?.code === code);

/**
 * Returns true if a mutation of the document was saved: it has a result, or an error below its result, which is read
 * after its commit. A retry of the request would repeat the mutation.
 */
export const isPartlySaved = (
  { operation }: OperationDefinitionNode,
  { data, errors = [] }: ExecutionResult,
): boolean =>
  operation === OperationTypeNode.MUTATION &&
  (Object.values(data ?? {}).some((result) => result !== null) || errors.some(({ path = [] }) => path.length > 1));

/** Returns true if the response does not determine whether, or with which result, a change was saved. */
export const isOutcomeUnknown = (answer: Answered): boolean => has(answer, 'OUTCOME_UNKNOWN');

/**
 * Returns true if the request changed nothing because the database was unavailable, so that it can be retried
 * unchanged.
 */
export const isRetryable = (answer: Answered): boolean => has(answer, 'UNAVAILABLE') && !isOutcomeUnknown(answer);
