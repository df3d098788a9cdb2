import { ConsoleError } from '../../../shared/errors.ts';
import { registerAgent, registerResolver, registerResponder } from './commands/long-running.ts';
import { registerRemote } from './commands/remote.ts';
import { startCommandLine } from './start.ts';

startCommandLine({
  register(registry) {
    registerAgent(registry);
    registerResponder(registry);
    registerResolver(registry);
    registerRemote(registry);
  },
  // None of these words has a core.
  openConsole: () => Promise.reject(new ConsoleError('internal')),
  rereads: true,
});
