import { eabStatus } from '../../rotation/eab/handlers.ts';
import type { BootrootConsole } from '../console.ts';
import type { HandlersOf } from './part.ts';

export const eabPart = (console: BootrootConsole): HandlersOf<'eab'> => ({
  'eab.status': async () => eabStatus(console.required().services),
});
