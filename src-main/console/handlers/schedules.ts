import { scheduleHandlers, type ScheduleDeps } from '../../schedule/handlers.ts';
import { runSchedules } from '../../schedule/run.ts';
import { Schedules } from '../../schedule/schedules.ts';
import type { BootrootConsole } from '../console.ts';
import type { HandlersOf } from './part.ts';

export const schedulesPart = (console: BootrootConsole): HandlersOf<'schedules'> => {
  const deps = (): ScheduleDeps => {
    const { settings, engine, audit, paths, now } = console.required();
    return {
      schedules: new Schedules(settings),
      engine,
      audit,
      lockPath: paths.schedulerLock,
      now,
    };
  };
  return {
    ...scheduleHandlers(deps),
    async *'schedules.run'({ once }, { actor, signal }) {
      const { engine } = console.required();
      const { schedules, lockPath, now } = deps();
      yield* runSchedules({ schedules, engine, lockPath, actor, once, now, signal });
    },
  };
};
