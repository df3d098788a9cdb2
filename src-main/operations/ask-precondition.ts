import type { Precondition } from '../../shared/contract/operations.ts';
import { isConsoleError } from '../../shared/errors.ts';
import { message, type Message } from '../../shared/message.ts';

/** A precondition from what is wrong; nothing is: it is met. */
export const conditionOf = (id: string, title: Message, problem: Message | undefined): Precondition => ({
  id,
  title,
  met: problem === undefined,
  ...(problem === undefined ? {} : { detail: problem }),
});

/** A precondition from a question that answers what is wrong; one that fails as a known error is not met, in that error's words. */
export async function askPrecondition(
  id: string,
  title: Message,
  question: () => Promise<Message | undefined>,
): Promise<Precondition> {
  try {
    return conditionOf(id, title, await question());
  } catch (error) {
    if (!isConsoleError(error)) throw error;
    return { id, title, met: false, detail: message(`error.${error.code}.what`, error.data.params) };
  }
}
