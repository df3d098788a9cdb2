import type { BootrootConsole } from '../console.ts';
import type { HandlersOf } from './part.ts';

export const auditHandlers = (console: BootrootConsole): HandlersOf<'audit'> => ({
  'audit.list': async (input) => console.required().audit.list(input),
  'audit.verify': async () => console.required().audit.verify(),
});
