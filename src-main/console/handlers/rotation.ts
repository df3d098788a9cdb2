import { rotationHandlers } from '../../rotation/handlers.ts';
import type { BootrootConsole } from '../console.ts';
import type { HandlersOf } from './part.ts';

/** How far back the list looks for the last rotation of each secret. */
const operationsAtMost = 500;

export const rotationPart = (console: BootrootConsole): HandlersOf<'rotation'> =>
  rotationHandlers(() => {
    const { services, engine, settings, audit, leaves } = console.required();
    return { services, leaves, settings, audit, operations: () => engine.list(operationsAtMost) };
  });
