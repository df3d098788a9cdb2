import { message } from '../../shared/message.ts';
import type { Step } from '../operations/types.ts';
import type { RotationContext } from './context.ts';
import { roleIdOf } from './credential-proof.ts';
import { knownPairs, stagedPairs } from './staged-credentials.ts';
import type { Credential } from './targets.ts';

/** The live session of the console goes on with the new credential before the old one ends. */
export function adoptStep(context: RotationContext, credential: Credential): Step {
  return {
    id: 'adopt',
    title: message('rotation.step.adopt'),
    effects: [{ kind: 'touches', who: credential.role, note: message('rotation.note.adopt') }],
    check: async () => false,
    async apply(run) {
      const [pair] = await stagedPairs(context, [credential], run);
      if (pair !== undefined) await context.adopt(await roleIdOf(context, credential), pair.fresh);
    },
    async undo(run) {
      const [pair] = (await knownPairs([credential], run)) ?? [];
      if (pair?.previous !== undefined)
        await context.adopt(await roleIdOf(context, credential), pair.previous);
    },
  };
}
