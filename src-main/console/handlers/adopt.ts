import { lookAround } from '../../adopt/look.ts';
import { adoptWorldOf, ownershipOf } from '../adoption.ts';
import type { BootrootConsole } from '../console.ts';
import type { HandlersOf } from './part.ts';

export const adoptPart = (console: BootrootConsole): HandlersOf<'adopt'> => ({
  'adopt.look': async () => lookAround(adoptWorldOf(console.required())),
  'adopt.owned': async () => ({ owned: await ownershipOf(console.required()).owned() }),
});
