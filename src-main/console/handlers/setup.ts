import type { Output } from '../../../shared/contract/index.ts';
import { checkEngine, chooseEngine } from '../../docker/chosen-engine.ts';
import { engineState } from '../../setup/compose/engine-state.ts';
import { checkSetupLocal } from '../../setup/local/check.ts';
import { setupDefaults } from '../../setup/local/defaults.ts';
import { probeExternal } from '../../setup/external/probe.ts';
import { checkWorld } from '../check-world.ts';
import type { BootrootConsole } from '../console.ts';
import type { HandlersOf } from './part.ts';

async function engineOf(console: BootrootConsole): Promise<Output<'setup.engine'>> {
  const [state, setting] = await Promise.all([engineState(), console.personal.engine()]);
  return { ...state, ...(setting === undefined ? {} : { setting }) };
}

export const setupHandlers = (console: BootrootConsole): HandlersOf<'setup'> => ({
  'setup.defaults': ({ path }) => setupDefaults(checkWorld, path ?? console.proposedPath),
  'setup.check': ({ input }) => checkSetupLocal(input, checkWorld),
  'setup.engine': () => engineOf(console),
  async 'setup.chooseEngine'(choice) {
    const next = choice.host === '' ? undefined : choice;
    checkEngine(next);
    chooseEngine(next);
    await console.personal.saveEngine(next);
    return engineOf(console);
  },
  'setup.probe': (input) => probeExternal(input),
});
