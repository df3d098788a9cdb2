import { ConsoleError } from '../../../shared/errors.ts';
import type { Registry } from './context.ts';
import { registerAgent, registerResolver, registerResponder } from './commands/long-running.ts';
import { registerRemote } from './commands/remote.ts';
import { startCommandLine } from './start.ts';

const words: Readonly<Record<string, (registry: Registry) => void>> = {
  agent: registerAgent,
  responder: registerResponder,
  resolver: registerResolver,
  remote: registerRemote,
};

startCommandLine({
  // This bundle is taken for its own words only (main.ts), and each is a program that wants to start soon.
  register: (registry) => words[process.argv[2] ?? '']?.(registry),
  // None of these words has a core.
  openConsole: () => Promise.reject(new ConsoleError('internal')),
  rereads: true,
});
