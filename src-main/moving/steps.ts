import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Effect } from '../../shared/contract/operations.ts';
import { ConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import { pause } from '../operations/pause.ts';
import type { Run, Step } from '../operations/types.ts';
import { buildDsn, parseDsn } from '../postgres/dsn.ts';
import { servicesOf } from '../services/entry.ts';
import { majorOf } from '../servers/catalogue.ts';
import { findServer, requireServer } from '../servers/find-server.ts';
import { imagesStep } from '../setup/compose/image-steps.ts';
import { writeAliases } from '../topology/compose/compose-files.ts';
import { ComposeProject } from '../topology/compose/compose-project.ts';
import { suffixOf } from '../topology/compose/services.ts';
import { startSidecars, startStep } from '../topology/definitions.ts';
import { removeLocalData } from '../topology/local-data.ts';
import { clusterData } from '../topology/postgres-cluster.ts';
import { serverTitles, type ServerId } from '../topology/server-id.ts';
import type { Topology } from '../topology/topology.ts';
import { proveInstallation } from '../upgrade/proofs.ts';
import { readFingerprints, stageFingerprints } from '../upgrade/fingerprints.ts';
import { unsealStep, untilUnsealed } from '../upgrade/steps.ts';
import { readTextFile, writeFileAtomic } from '../workspace/atomic.ts';
import { readStateIfPresent } from '../workspace/state.ts';
import { isThere } from '../workspace/tree-copy.ts';
import type { Move, MoveContext } from './context.ts';
import { endsOf, fileEffects, movedDsn, touchedFiles, writeMovedFiles } from './files.ts';
import { forgetTopology, keepTopology, keptText, putBackFiles, readFormerTopology } from './former.ts';
import { Volumes } from './volumes.ts';

const databasePath = 'bootroot/stepca/db';
const adminPath = 'bootroot/stepca/db_admin';
/** KV paths that a move itself writes. */
export const writtenPaths = [databasePath];

/** Containers of either side by their names. */
export const volumesOf = ({ services }: MoveContext, { instance }: Move): Volumes =>
  new Volumes(new ComposeProject(services.paths), (id) => `${instance}-${suffixOf[id]}`);

/** Whether what runs the servers is the target by now. */
const arrived = async ({ topologies }: MoveContext, { to }: Move): Promise<boolean> =>
  (await topologies[to].readLayout()) !== undefined;

const processes = (ids: readonly ServerId[], action: 'start' | 'stop'): Effect[] =>
  ids.map((id) => ({ kind: 'process', name: serverTitles[id], action }));

const sealOf = ({ services, topology }: MoveContext) => ({
  openbao: services.openbao,
  paths: services.paths,
  topology,
});

function beginStep(context: MoveContext, move: Move): Step {
  const { paths, now } = context.services;
  return {
    id: 'begin',
    title: message('moving.step.begin'),
    effects: [],
    check: async () => (await readFormerTopology(paths)) !== undefined,
    async apply(run) {
      const { from, to, old } = move;
      const about = { operation: run.operationId, at: now(), from, to };
      const prefix = old.systemd === undefined ? {} : { prefix: old.systemd.prefix };
      await keepTopology(paths, { ...about, ...prefix }, touchedFiles(context));
    },
    undo: () => forgetTopology(paths),
  };
}

/** The CA rests first, so that its tables keep still while they are looked at and copied. */
function stopCaStep(context: MoveContext, move: Move): Step {
  const source: Topology = context.topologies[move.from];
  return {
    id: 'stop-ca',
    title: message('topology.step.stop', { server: serverTitles['step-ca'] }),
    effects: processes(['step-ca'], 'stop'),
    check: async () => (await arrived(context, move)) || !(await source.isRunning('step-ca')),
    async apply() {
      await source.agents?.stop();
      await source.sidecars?.stop();
      await source.stopServer('step-ca');
    },
    async undo(run) {
      await source.startServer('step-ca', run.signal);
      await source.sidecars?.start(run.signal);
      const agents = (await source.agents?.declared()) ?? [];
      if (agents.length > 0) await source.agents?.start(agents, run.signal);
    },
  };
}

const recordStep = (context: MoveContext): Step => ({
  id: 'record',
  title: message('upgrade.step.record'),
  effects: [],
  check: async (run) => (await readFingerprints(run)) !== undefined,
  async apply(run) {
    await context.signIn();
    await stageFingerprints(context, run, true);
  },
  undo: async () => undefined,
});

/** OpenBao says where step-ca finds its database; with the password that it has. */
function addressStep(context: MoveContext, move: Move): Step {
  const ends = endsOf(context, move);
  const client = () => context.services.client();
  const write = async (run: Run, back: boolean): Promise<void> => {
    await context.signIn();
    const secret = await client().kv.read(databasePath);
    const value = secret?.data['value'];
    if (typeof value !== 'string') return;
    const wanted = movedDsn(parseDsn(value), back ? { ...ends, to: ends.from } : ends);
    if (buildDsn(wanted) !== value)
      await client().kv.write(databasePath, { ...secret?.data, value: buildDsn(wanted) });
    const admin = (await client().kv.read(adminPath))?.data['value'];
    // The image takes the administrator's password from its environment.
    if (!back && typeof admin === 'string')
      await run.stage.write('administrator', parseDsn(admin).password ?? '');
  };
  return {
    id: 'address',
    title: message('moving.step.address'),
    effects: [{ kind: 'openbao', path: databasePath, action: 'change', what: 'kv', detail: 'value' }],
    // What was staged says that it was written.
    check: async (run) => (await run.stage.read('administrator')) !== undefined,
    apply: (run) => write(run, false),
    undo: (run) => write(run, true),
  };
}

/** Names no file, so that it works wherever the node wakes up: what happens meanwhile stands in the server's own lines. */
const bridge = 'audit "file" "moving" {\n  options {\n    file_path = "stdout"\n  }\n}\n';
const auditBlock = /^audit\s+"[^"]*"\s+"[^"]*"\s*\{(?:[^{}]|\{[^{}]*\})*\}\n?/gm;

/** openbao.hcl with one audit device that does not depend on any path. */
export const withBridge = (text: string): string => `${text.replace(auditBlock, '').trimEnd()}\n\n${bridge}`;

/**
 * OpenBao remembers its audit devices with their files, refuses to lead when the configuration names other files for them, and does not
 * wake up where it can write none. So they are handed over: before it stops to one that needs no file, afterwards to those of the target.
 */
function auditStep(context: MoveContext, move: Move): Step {
  const { services, topologies } = context;
  const source: Topology = topologies[move.from];
  const path = source.files.openbaoConfig;
  const handedOver = async (): Promise<boolean> => {
    const devices = await services.client().audit.list();
    return devices.length === 1 && devices[0]?.name === 'moving';
  };
  return {
    id: 'audit',
    title: message('moving.step.audit'),
    effects: [
      { kind: 'openbao', path: 'sys/audit/moving', action: 'create', what: 'audit', detail: 'stdout' },
    ],
    check: () => arrived(context, move),
    async apply(run) {
      await context.signIn();
      const before = await readTextFile(path);
      const { mode } = await stat(path);
      await writeFileAtomic(path, withBridge(before), { mode: mode & 0o777 });
      await source.reloadServer('openbao');
      for (let tries = 0; tries < 100 && !(await handedOver()); tries += 1) await pause(200, run.signal);
      if (!(await handedOver())) throw new ConsoleError('moving_audit');
    },
    async undo() {
      const former = await readFormerTopology(services.paths);
      const text = former === undefined ? undefined : await keptText(services.paths, former, path);
      if (text === undefined) return;
      const { mode } = await stat(path);
      await writeFileAtomic(path, text, { mode: mode & 0o777 });
      await source.reloadServer('openbao');
    },
  };
}

function stopStep(context: MoveContext, move: Move): Step {
  const source: Topology = context.topologies[move.from];
  const others = [...source.servers].filter((id) => id !== 'step-ca').reverse();
  return {
    id: 'stop',
    title: message('moving.step.stop'),
    effects: processes(others, 'stop'),
    async check() {
      return (await arrived(context, move)) || !(await source.anyRunning());
    },
    async apply() {
      for (const id of others) await source.stopServer(id);
    },
    async undo(run) {
      for (const id of [...others].reverse()) await source.startServer(id, run.signal);
      await untilUnsealed(sealOf(context), run);
    },
  };
}

/** Units of the source must not start with the host any more; those of the target shall. */
function unitsStep(context: MoveContext, move: Move, which: 'from' | 'to'): Step[] {
  const prefix = which === 'from' ? move.old.systemd?.prefix : move.prefix;
  if (prefix === undefined) return [];
  const runner = context.topologies.local.asUnits(prefix);
  const install = async (): Promise<void> => {
    await runner.install(await runner.units());
    await runner.enable();
  };
  const remove = (): Promise<void> => runner.uninstall();
  const away = which === 'from';
  return [
    {
      id: `units-${which}`,
      title: message(away ? 'systemd.step.remove' : 'systemd.step.units'),
      effects: [],
      check: async () => away && (await arrived(context, move)),
      apply: away ? remove : install,
      undo: away ? install : remove,
    },
  ];
}

async function makeTarget(context: MoveContext, move: Move, run: Run): Promise<void> {
  const { topologies, services } = context;
  const { to, old, instance, prefix } = move;
  const choices = {
    ports: old.ports,
    leafHours: old.leafHours,
    ...(old.tls === true ? { tls: true } : {}),
  };
  if (to === 'compose') {
    const { compose } = topologies;
    await compose.createLayout({ ...choices, instance });
    const password = await run.stage.read('administrator');
    await compose.initPostgres(password ?? '');
    await compose.writeOpenBaoConfig();
    const all = servicesOf(await readStateIfPresent(services.paths.state), services.paths);
    await writeAliases(
      compose.files,
      all.map(({ identity }) => identity),
    );
    return;
  }
  const { local } = topologies;
  const postgres = await requireServer('postgres', { major: majorOf(old.programs.postgres.version) });
  await local.createLayout({ ...choices, programs: { postgres } });
  if (prefix !== undefined) await local.runAs(prefix);
  await local.writeOpenBaoConfig();
}

async function switchStep(context: MoveContext, move: Move): Promise<Step> {
  const { services, topologies } = context;
  const { files } = topologies[move.to];
  return {
    id: 'switch',
    title: message(`moving.step.switch_${move.to}`),
    effects: [
      ...(await fileEffects(context, move)),
      { kind: 'file', path: files.layout, action: 'change', mode: '0600' },
      { kind: 'file', path: files.openbaoConfig, action: 'create' },
      ...(move.to === 'compose'
        ? [topologies.compose.files.composeFile, topologies.compose.files.env].map((path): Effect => ({
            kind: 'file',
            path,
            action: 'create',
            mode: '0600',
          }))
        : []),
    ],
    check: async (run) => (await run.stage.read('switched')) !== undefined,
    async apply(run) {
      await writeMovedFiles(context, move);
      await makeTarget(context, move, run);
      await context.remember(move.to);
      await run.stage.write('switched', '1');
    },
    async undo() {
      const former = await readFormerTopology(services.paths);
      if (former !== undefined) await putBackFiles(services.paths, former, files.layout);
      await context.remember(move.from);
    },
  };
}

/** The data themselves; what they are taken from stays as it is. */
function dataSteps(context: MoveContext, move: Move): Step[] {
  const volumes = volumesOf(context, move);
  const { local } = context.topologies;
  const { paths } = context.services;
  const step = (id: 'openbao' | 'postgres', there: Step['check'], apply: Step['apply']): Step => ({
    id: `data-${id}`,
    title: message('moving.step.data', { server: serverTitles[id] }),
    effects: [{ kind: 'touches', who: serverTitles[id], note: message('moving.note.data') }],
    weight: 5,
    check: there,
    apply,
    // Only what this move made; where it came from it still is.
    async undo() {
      if (move.to === 'compose') {
        // One `down` is for all.
        if (id === 'openbao') await new ComposeProject(paths).down({ volumes: true });
      } else await removeLocalData(id, local.files, await local.readLayout());
    },
  });
  if (move.to === 'compose')
    return [
      step(
        'openbao',
        () => volumes.filled('openbao'),
        (run) => volumes.fillOpenBao(local.files.openbaoData, run.signal),
      ),
      step(
        'postgres',
        () => volumes.filled('postgres'),
        (run) => volumes.fillPostgres(move.old, run.signal),
      ),
    ];
  const { openbaoCluster } = move.old.ports;
  return [
    step(
      'openbao',
      () => isThere(join(local.files.openbaoData, 'raft')),
      () => volumes.takeOpenBao(local.files.openbaoData, `127.0.0.1:${openbaoCluster}`),
    ),
    step(
      'postgres',
      async () => isThere(join(clusterData(await local.requireLayout()), 'PG_VERSION')),
      async () =>
        volumes.takePostgres(await local.requireLayout(), majorOf(move.old.programs.postgres.version)),
    ),
  ];
}

/** Names of services lead to the responder of the target before it is asked for them. */
function startSteps(context: MoveContext, move: Move): Step[] {
  const target: Topology = context.topologies[move.to];
  const start = (id: ServerId): Step => startStep(target, id);
  const own = target.servers.filter((id) => id !== 'openbao' && id !== 'step-ca');
  const { sidecars } = target;
  return [
    start('openbao'),
    unsealStep(() => sealOf(context)),
    ...own.map(start),
    start('step-ca'),
    ...(sidecars === undefined ? [] : [startSidecars(sidecars)]),
  ];
}

const proveStep = (context: MoveContext): Step => ({
  id: 'prove',
  title: message('upgrade.step.prove'),
  effects: [],
  weight: 2,
  check: async () => false,
  apply: (run) => proveInstallation(context, run, { written: writtenPaths }),
  undo: async () => undefined,
});

/** What the target needs on this host, got before anything is touched. */
async function programsStep(context: MoveContext, { to, old }: Move): Promise<Step> {
  if (to === 'compose') return imagesStep(context.topologies.compose);
  const major = majorOf(old.programs.postgres.version);
  return {
    id: 'images',
    title: message('setup.step.servers'),
    effects: [],
    async check() {
      const found = await Promise.all([
        findServer('openbao'),
        findServer('step-ca'),
        findServer('postgres', { major }),
      ]);
      return found.every((one) => one !== undefined);
    },
    async apply() {
      await requireServer('openbao');
      await requireServer('step-ca');
      await requireServer('postgres', { major });
    },
    undo: async () => undefined,
  };
}

/** From one topology to another, with the same CA, the same secrets and the same certificates. */
export async function moveSteps(context: MoveContext, move: Move): Promise<readonly Step[]> {
  return [
    await programsStep(context, move),
    beginStep(context, move),
    stopCaStep(context, move),
    recordStep(context),
    addressStep(context, move),
    auditStep(context, move),
    stopStep(context, move),
    ...unitsStep(context, move, 'from'),
    await switchStep(context, move),
    ...dataSteps(context, move),
    ...unitsStep(context, move, 'to'),
    ...startSteps(context, move),
    proveStep(context),
  ];
}
