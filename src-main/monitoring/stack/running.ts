import { message } from '../../../shared/message.ts';
import type { Run, Step } from '../../operations/types.ts';
import type { Compose } from './compose.ts';

const note = 'was-running';

/** Whether containers of the stack run; an engine or files that are not there are no running stack. */
const runs = (compose: Compose, signal: AbortSignal): Promise<boolean> =>
  compose(['ps', '--status', 'running', '--quiet'], signal).then(
    (text) => text.trim() !== '',
    () => false,
  );

/** Notes whether the stack runs before anything is done to it. */
export const noteRunning = async (compose: Compose, run: Run): Promise<void> => {
  await run.stage.once(note, async () => ((await runs(compose, run.signal)) ? 'yes' : 'no'));
};

/** Starts the stack again as its files say now, if it ran when {@link noteRunning} looked. */
export async function runAgain(compose: Compose, run: Run): Promise<void> {
  if ((await run.stage.read(note)) === 'yes') await compose(['up', '-d', '--wait'], run.signal);
}

/** First of all: so its undo comes last, when the files are those of before again. */
export const beforeStep = (compose: Compose): Step => ({
  id: 'before',
  title: message('monitoring.step.before'),
  effects: [],
  check: () => Promise.resolve(false),
  apply: (run) => noteRunning(compose, run),
  undo: (run) => runAgain(compose, run),
});
