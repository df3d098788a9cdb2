import type * as z from 'zod';
import type { helperUnitsContract, HelperUnitView } from '../../../shared/contract/helper-units.ts';
import { message, type Message } from '../../../shared/message.ts';
import { judge } from '../../systemd/analyze.ts';
import { systemdRuns, type Systemctl } from '../../systemd/systemctl.ts';
import { readTextFileIfPresent } from '../../workspace/atomic.ts';
import { helpersOf, type HelperUnit, type HelperWorld } from './helper-units.ts';

type HelpersView = z.output<(typeof helperUnitsContract)['units.helpers']['output']>;

/** Why this host takes no units from this console. */
export async function unitsProblem(): Promise<Message | undefined> {
  if (!(await systemdRuns())) return message('systemd.problem.absent');
  return process.getuid?.() === 0 ? undefined : message('systemd.problem.root');
}

/** Whether the files are on this host, and as they would be written now. */
export async function installedOf({
  files,
}: Pick<HelperUnit, 'files'>): Promise<HelperUnitView['installed']> {
  const there = await Promise.all(
    files.map(({ path }) => readTextFileIfPresent(path).catch(() => undefined)),
  );
  if (there.every((text) => text === undefined)) return 'no';
  return files.every(({ text }, index) => there[index] === text) ? 'same' : 'differs';
}

/** `units.helpers`. */
export async function helpersView(world: HelperWorld, systemctl: Systemctl): Promise<HelpersView> {
  const helpers = await helpersOf(world);
  const runs = await systemdRuns();
  const states = runs ? await systemctl.states(helpers.map(({ unit }) => unit)) : new Map();
  const problem = await unitsProblem();
  const units: HelperUnitView[] = [];
  for (const helper of helpers) {
    const judged = runs
      ? await judge(helper.files.map(({ path, text }) => ({ name: nameOf(path), text })))
      : undefined;
    const exposure = judged?.units.find(({ name }) => name.endsWith('.service'))?.exposure;
    const state = states.get(helper.unit) as { active: string; file: string } | undefined;
    units.push({
      ...helper,
      files: [...helper.files],
      installed: await installedOf(helper),
      active: state?.active ?? 'inactive',
      enabled: state?.file === 'enabled',
      ...(exposure === undefined ? {} : { exposure }),
    });
  }
  return { units, ...(problem === undefined ? {} : { problem }) };
}

export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
