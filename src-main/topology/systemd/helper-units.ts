import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { HelperUnitView } from '../../../shared/contract/helper-units.ts';
import { presentSchedulerFiles } from '../../schedule/credential/files.ts';
import { schedulerUnit } from '../../schedule/runners.ts';
import { servicesOf, type Service } from '../../services/entry.ts';
import { agentService, openbaoAgentService } from '../../systemd/programs.ts';
import { renderService, renderTimer, type ServiceUnit } from '../../systemd/unit.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import { readStateIfPresent } from '../../workspace/state.ts';
import { ownership, unitDirectory } from './server-units.ts';

/** A unit of this installation beside its servers, as it would be written. */
export type HelperUnit = Pick<HelperUnitView, 'id' | 'kind' | 'service' | 'unit' | 'files'>;

export interface HelperWorld {
  readonly paths: WorkspacePaths;
  /** Interpreter and program of this console, absolute. */
  readonly program: readonly string[];
  /** OpenBao's program, absolute; undefined where there is none on this host. */
  readonly bao: () => Promise<string | undefined>;
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** What a renewal writes: certificate, key, bundle, and the credentials that are delivered to it. */
const written = ({ cert, key, bundle, secretIdPath, agentConfig }: Service): string[] => [
  ...new Set([cert, key, bundle, secretIdPath, agentConfig].map((path) => dirname(path))),
];

/**
 * Every helper that this installation could have as a unit: the scheduler, as a service or by a timer instead of cron; for each service
 * of this host its renewal agent, and its OpenBao Agent where there is a configuration for one.
 */
export async function helpersOf({ paths, program, bao }: HelperWorld): Promise<readonly HelperUnit[]> {
  const { uid } = await stat(paths.root);
  const user = String(uid);
  const file = (name: string, text: string): HelperUnit['files'][number] => ({
    path: `${unitDirectory}/${name}`,
    text: text + ownership(paths.root),
  });
  const single = (unit: ServiceUnit): Pick<HelperUnit, 'unit' | 'files'> => ({
    unit: unit.name,
    files: [file(unit.name, renderService(unit))],
  });
  const credential = await presentSchedulerFiles(paths);
  const scheduler = { program, workDir: paths.root, uid, credential };
  const once = schedulerUnit(scheduler, true);
  const timer = once.name.replace(/\.service$/, '.timer');
  const helpers: HelperUnit[] = [
    { id: 'scheduler', kind: 'scheduler', ...single(schedulerUnit(scheduler)) },
    {
      id: 'scheduler-timer',
      kind: 'scheduler-timer',
      unit: timer,
      files: [
        file(once.name, renderService(once)),
        file(
          timer,
          renderTimer({ description: `Bootroot Console: what is due in ${paths.root}`, calendar: '*:0/5' }),
        ),
      ],
    },
  ];
  const state = await readStateIfPresent(paths.state).catch(() => undefined);
  for (const service of servicesOf(state, paths)) {
    const { id, agentConfig } = service;
    if (await exists(agentConfig))
      helpers.push({
        id: `agent:${id}`,
        kind: 'agent',
        service: id,
        ...single(agentService({ user, id, program, config: agentConfig, writable: written(service) })),
      });
    const config = paths.serviceAgent(id, 'agent.hcl');
    if (!(await exists(config))) continue;
    const found = await bao();
    if (found === undefined) continue;
    const writable = [...new Set([dirname(config), dirname(agentConfig)])];
    helpers.push({
      id: `openbao-agent:${id}`,
      kind: 'openbao-agent',
      service: id,
      ...single(openbaoAgentService({ user, id, bao: found, config, writable })),
    });
  }
  return helpers;
}
