import { boardOf } from '../../rotation/ca-key/board.ts';
import type { BootrootConsole } from '../console.ts';
import type { HandlersOf } from './part.ts';

export const caKeyPart = (console: BootrootConsole): HandlersOf<'rotationCaKey'> => ({
  'rotationCaKey.board': async () => boardOf({ services: console.required().services }),
});
