import type { Precondition } from '../../shared/contract/operations.ts';
import { ConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';

/** What a precondition says that gives no reason of its own. */
const noReason = message('operation.precondition.no_reason');

/** `precondition_unmet` in words: which sentence does not hold, and why. Both travel as keys with their parameters. */
export function preconditionUnmet({ id, title, detail = noReason }: Precondition): ConsoleError {
  return new ConsoleError('precondition_unmet', {
    ...title.params,
    ...detail.params,
    id,
    sentence: title.key,
    because: detail.key,
  });
}
