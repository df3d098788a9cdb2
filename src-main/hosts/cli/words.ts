import 'reflect-metadata';
import { registerAll } from './commands/index.ts';
import { startCommandLine } from './start.ts';

const longRunning = new Set(['responder', 'resolver', 'agent']);

startCommandLine({
  register: registerAll,
  // Loaded when a command asks for it: help and usage errors need no core.
  openConsole: async (options) => (await import('../../console/console.ts')).openConsole(options),
  rereads: process.argv.slice(2).some((word) => longRunning.has(word)),
});
