import type { Precondition } from '../../shared/contract/operations.ts';
import { isConsoleError } from '../../shared/errors.ts';
import { message, type Message } from '../../shared/message.ts';

/** A precondition from a question that answers what is wrong; one that fails as a known error is not met, in that error's words. */
export async function askPrecondition(
  id: string,
  title: Message,
  question: () => Promise<Message | undefined>,
): Promise<Precondition> {
  try {
    const problem = await question();
    return { id, title, met: problem === undefined, ...(problem === undefined ? {} : { detail: problem }) };
  } catch (error) {
    if (!isConsoleError(error)) throw error;
    return { id, title, met: false, detail: message(`error.${error.code}.what`, error.data.params) };
  }
}
