import type { Operation } from '../../../shared/contract/operations.ts';
import { isUnderWay } from './records.ts';

/**
 * The operation that the foot of the page shows: the newest that is under way; pinned, else the newest of all.
 * @param operations newest first
 */
export const inHand = (operations: readonly Operation[], pinned: boolean): Operation | undefined =>
  operations.find(isUnderWay) ?? (pinned ? operations[0] : undefined);
