import { ConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import type { Step } from '../operations/types.ts';
import { eachBounded } from '../rotation/bounded.ts';
import type { ServicesContext } from '../services/context.ts';
import { removeFile } from '../workspace/atomic.ts';
import { readArtifactOf } from './artifact.ts';
import { printoutPath } from './printout.ts';

/** Each new hand-over waits to be opened, as OpenBao says; a sheet that was printed of the one before is of no use any more and goes. */
export function readyStep(context: ServicesContext, ids: readonly string[]): Step {
  return {
    id: 'ready',
    title: message('hosts.step.ready'),
    effects: [],
    check: async () => false,
    async apply(run) {
      await eachBounded(ids, async (id) => {
        await removeFile(printoutPath(context.paths, id));
        const token = (await readArtifactOf(context, id))?.artifact.wrap_token ?? '';
        if (token === '' || !(await context.openbao.wrapLives(token)))
          throw new ConsoleError('host_handover_gone', { name: id });
      });
      run.prove({ title: message('hosts.proof.waiting', { count: ids.length }), outcome: 'proved' });
    },
    undo: async () => undefined,
  };
}
