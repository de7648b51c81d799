import type { Tx } from '../../access/write.js';
import type { ConnectionId } from '../../kernel/ids.js';
import { DormancyWarning } from './dormancy-warning.js';

/**
 * Deletes the dormancy warnings of a connection. Call this function if its rule changes, so that accounts are warned of
 * the new rule.
 */
export const forgetWarnings = async (tx: Tx, connectionId: ConnectionId): Promise<void> =>
  void (await tx.manager.delete(DormancyWarning, { organizationId: tx.organizationId, connectionId }));
