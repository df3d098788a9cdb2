import { engineState } from '../../setup/compose/engine-state.ts';
import { checkSetupLocal } from '../../setup/local/check.ts';
import { setupDefaults } from '../../setup/local/defaults.ts';
import { probeExternal } from '../../setup/external/probe.ts';
import { checkWorld } from '../check-world.ts';
import type { BootrootConsole } from '../console.ts';
import type { HandlersOf } from './part.ts';

export const setupHandlers = (console: BootrootConsole): HandlersOf<'setup'> => ({
  'setup.defaults': ({ path }) => setupDefaults(checkWorld, path ?? console.proposedPath),
  'setup.check': ({ input }) => checkSetupLocal(input, checkWorld),
  'setup.engine': () => engineState(),
  'setup.probe': (input) => probeExternal(input),
});
