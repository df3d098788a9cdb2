import type { Precondition } from '../../shared/contract/operations.ts';
import { message } from '../../shared/message.ts';
import { askPrecondition } from '../operations/ask-precondition.ts';
import { compareVersions, majorOf } from '../servers/catalogue.ts';
import { findServer } from '../servers/find-server.ts';
import { enginePreconditions } from '../setup/compose/image-steps.ts';
import { systemdRuns } from '../systemd/systemctl.ts';
import { hiddenBy } from '../topology/systemd/server-units.ts';
import { takenPorts } from '../topology/preflight.ts';
import { listFormer } from '../upgrade/former.ts';
import type { Move, MoveContext } from './context.ts';
import { readFormerTopology } from './former.ts';

/** Containers need an engine, and images that take the data as they are. */
async function toContainers(context: MoveContext, { old, instance }: Move): Promise<readonly Precondition[]> {
  const { compose } = context.topologies;
  const { openbao, postgres } = old.programs;
  return [
    ...(await enginePreconditions(compose, instance)),
    await askPrecondition('database', message('moving.check.database'), async () => {
      const { version } = compose.images.postgres;
      return majorOf(version) === majorOf(postgres.version)
        ? undefined
        : message('moving.problem.database', { from: postgres.version, to: version });
    }),
    await askPrecondition('openbao', message('moving.check.openbao'), async () => {
      const { version } = compose.images.openbao;
      return compareVersions(version, openbao.version) >= 0
        ? undefined
        : message('moving.problem.openbao', { from: openbao.version, to: version });
    }),
  ];
}

/** Processes need programs of the same versions, and ports that nobody has. */
async function toProcesses(context: MoveContext, { old, prefix }: Move): Promise<readonly Precondition[]> {
  const { paths } = context.services;
  const major = majorOf(old.programs.postgres.version);
  return [
    await askPrecondition('database', message('moving.check.database'), async () =>
      (await findServer('postgres', { major })) === undefined
        ? message('moving.problem.no_program', { program: `PostgreSQL ${major}` })
        : undefined,
    ),
    await askPrecondition('openbao', message('moving.check.openbao'), async () => {
      const found = await findServer('openbao');
      if (found === undefined) return message('moving.problem.no_program', { program: 'OpenBao' });
      const { version } = old.programs.openbao;
      return compareVersions(found.version, version) >= 0
        ? undefined
        : message('moving.problem.openbao', { from: version, to: found.version });
    }),
    await askPrecondition('ports', message('topology.precondition.ports'), async () => {
      const [taken] = await takenPorts('resolver', old);
      return taken === undefined ? undefined : message('moving.problem.port', { port: taken.port });
    }),
    ...(prefix === undefined
      ? []
      : [
          await askPrecondition('systemd', message('systemd.demand.runs'), async () =>
            (await systemdRuns()) ? undefined : message('systemd.problem.absent'),
          ),
          await askPrecondition('root', message('systemd.demand.root'), async () =>
            process.getuid?.() === 0 ? undefined : message('systemd.problem.root'),
          ),
          await askPrecondition('place', message('systemd.demand.place'), async () => {
            const place = hiddenBy({ ...old, programs: { ...old.programs } }, paths.root);
            return place === undefined ? undefined : message('systemd.problem.place', { place });
          }),
        ]),
  ];
}

/** Everything that must hold before a move begins. */
export async function checkMove(context: MoveContext, move: Move): Promise<readonly Precondition[]> {
  const { services, topologies } = context;
  const { paths } = services;
  const source = topologies[move.from];
  return [
    await askPrecondition('former', message('moving.check.former'), async () => {
      const former = await readFormerTopology(paths);
      if (former !== undefined) return message('moving.problem.former');
      const [upgrade] = await listFormer(paths);
      return upgrade === undefined
        ? undefined
        : message('upgrade.problem.former', { from: upgrade.from.version, to: upgrade.to });
    }),
    await askPrecondition('running', message('upgrade.check.running'), async () => {
      for (const id of source.servers)
        if (!(await source.isReady(id))) return message('upgrade.problem.running', { server: id });
      return (await services.openbao.sealStatus()).sealed ? message('upgrade.problem.sealed') : undefined;
    }),
    await askPrecondition('session', message('upgrade.check.session'), async () => {
      await services.client().token.lookupSelf();
      return undefined;
    }),
    ...(await (move.to === 'compose' ? toContainers(context, move) : toProcesses(context, move))),
  ];
}
