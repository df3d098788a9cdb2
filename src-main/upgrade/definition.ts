import * as z from 'zod';
import { upgradableSchema } from '../../shared/contract/upgrade.ts';
import { ConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import type { Precondition } from '../../shared/contract/operations.ts';
import type { OperationDefinition, Prepared, Run, Step } from '../operations/types.ts';
import { probeLogin } from '../postgres/probe.ts';
import { catalogue, factsOf, type ServerName } from '../servers/catalogue.ts';
import { StepCa } from '../stepca/step-ca.ts';
import { startStep } from '../topology/definitions.ts';
import { readTextFile } from '../workspace/atomic.ts';
import { checkUpgrade, isMajor, noteEffects } from './checks.ts';
import { adminDsn, ownerDsn, type Program, type UpgradeContext } from './context.ts';
import { readFingerprints, stageFingerprints } from './fingerprints.ts';
import { readFormer, removeFormer, requireFormer, writeFormer } from './former.ts';
import { proveInstallation } from './proofs.ts';
import { agentsSteps, stopFor, unsealStep, untilUnsealed } from './steps.ts';

const inputSchema = z.object({
  server: upgradableSchema,
  to: z
    .string()
    .regex(/^\d+(?:\.\d+){0,2}$/)
    .optional(),
});
export type UpgradeInput = z.infer<typeof inputSchema>;

/** One upgrade: the same steps whether it is planned, resumed or taken back. */
interface Change {
  readonly server: ServerName;
  readonly from: string;
  readonly to: string;
  readonly major: boolean;
}

/** Whether from its next start the server is the new version. */
const switched = async ({ place }: UpgradeContext, { server, to }: Change): Promise<boolean> =>
  (await place.program(server)).version === to;

const keeps = (server: ServerName): server is 'openbao' | 'postgres' => server !== 'step-ca';

async function programStep(context: UpgradeContext, change: Change): Promise<Step> {
  const { place, services } = context;
  const { server, to } = change;
  return {
    id: 'program',
    title: message('upgrade.step.program', { server: factsOf(server).title, to }),
    effects: [...(await place.obtaining(server, to))],
    weight: 5,
    check: async () => (await readFormer(services.paths, server))?.to === to,
    async apply(run) {
      await place.obtain(server, to, run);
      await writeFormer(services.paths, {
        version: 1,
        server,
        operation: run.operationId,
        at: services.now(),
        from: await place.program(server),
        to,
      });
    },
    async undo() {
      await removeFormer(services.paths, server);
    },
  };
}

/** OpenBao's own upgrade does not stop the CA, whose tables may change meanwhile. */
const recordStep = (context: UpgradeContext, { server }: Change): Step => ({
  id: 'record',
  title: message('upgrade.step.record'),
  effects: [],
  check: async (run) => (await readFingerprints(run)) !== undefined,
  async apply(run) {
    await context.signIn();
    await stageFingerprints(context, run, server !== 'openbao');
  },
  undo: async () => undefined,
});

/** PostgreSQL: a new cluster is filled from the running old one, whose only client was stopped. */
function convertStep(context: UpgradeContext, change: Change): Step {
  const { place } = context;
  const { to } = change;
  const major = place.major;
  return {
    id: 'convert',
    title: message('upgrade.step.convert'),
    effects: [{ kind: 'database', action: 'create', name: `PostgreSQL ${to}` }],
    weight: 10,
    check: async () => (await major?.converted(to)) ?? false,
    async apply(run) {
      await context.signIn();
      const admin = await adminDsn(context);
      if (admin === undefined || major === undefined) throw new ConsoleError('upgrade_no_admin');
      const program = await place.obtain('postgres', to, run);
      await major.convert(program, { admin, owner: await ownerDsn(context) }, run);
    },
    async undo(run) {
      await major?.discard(await place.obtain('postgres', to, run));
    },
  };
}

async function keepStep(context: UpgradeContext, change: Change): Promise<Step> {
  const { place } = context;
  const server = keeps(change.server) ? change.server : 'postgres';
  return {
    id: 'keep',
    title: message('upgrade.step.keep'),
    effects: [{ kind: 'file', path: await place.dataOf(server), action: 'create' }],
    weight: 4,
    check: async () => (await switched(context, change)) || (await place.kept(server)),
    apply: (run) => place.keep(server, run.signal),
    // What a new OpenBao has done to the data is none of the old one's business. A minor version of PostgreSQL writes the same files.
    undo: () => (server === 'openbao' ? place.putBack(server) : place.drop(server)),
  };
}

async function switchStep(context: UpgradeContext, change: Change): Promise<Step> {
  const { place, services } = context;
  const { server, from, to, major } = change;
  return {
    id: 'switch',
    title: message('upgrade.step.switch', { from, to }),
    effects: [...(await place.using(server, to))],
    check: () => switched(context, change),
    async apply(run) {
      const program = await place.obtain(server, to, run);
      if (major) await place.major?.swap(to);
      await place.use(server, program);
      run.changed(factsOf(server).title, from, to);
    },
    async undo() {
      const { from: before } = await requireFormer(services.paths, server);
      if (major) await place.major?.swapBack(before.version);
      await place.use(server, before);
    },
  };
}

/** As the server itself says when it is asked now. */
async function answered(context: UpgradeContext, server: ServerName): Promise<string> {
  const { services } = context;
  switch (server) {
    case 'openbao':
      return services.openbao.version();
    case 'postgres': {
      const login = await probeLogin(await ownerDsn(context));
      if (!login.ok) throw login.error;
      // Debian adds its own name.
      return login.version.split(' ')[0] ?? '';
    }
    case 'step-ca': {
      const ca = await readTextFile(services.paths.rootCert);
      const stepCa = new StepCa({ url: new URL((await services.endpoints()).directoryUrl).origin, ca });
      return stepCa.version().finally(() => stepCa.close());
    }
  }
}

async function proveVersion(context: UpgradeContext, { server, to }: Change, run: Run): Promise<void> {
  const { title } = factsOf(server);
  const version = await answered(context, server);
  if (version !== to) throw new ConsoleError('upgrade_other_version', { server: title, to, version });
  run.prove({ title: message('upgrade.proof.version', { server: title, to }), outcome: 'proved' });
}

const proveStep = (context: UpgradeContext, change: Change): Step => ({
  id: 'prove',
  title: message('upgrade.step.prove'),
  effects: [],
  weight: 2,
  check: async () => false,
  async apply(run) {
    await proveVersion(context, change, run);
    await proveInstallation(context, run);
  },
  undo: async () => undefined,
});

/** Starts a server, and takes it back by stopping it. */
const startOf = ({ topology }: UpgradeContext, id: ServerName, stepId: string): Step => ({
  ...startStep(topology, id),
  id: stepId,
});

async function stepsOf(context: UpgradeContext, change: Change): Promise<readonly Step[]> {
  const { server, major } = change;
  const { topology, services } = context;
  const over = (): Promise<boolean> => switched(context, change);
  const seal = () => ({ openbao: services.openbao, paths: services.paths, topology });
  const own = stopFor(context, server, over, 'stop', async (run) => {
    if (server !== 'openbao') return;
    await untilUnsealed(seal(), run);
    await topology.sidecars?.start(run.signal);
  });
  const around = server === 'postgres';
  return [
    await programStep(context, change),
    ...(around ? [stopFor(context, 'step-ca', over, 'stop-clients')] : []),
    // Keys and tables can be asked as long as their own servers run.
    ...(server === 'step-ca' ? [own, recordStep(context, change)] : [recordStep(context, change)]),
    ...(major ? [convertStep(context, change)] : []),
    ...(server === 'step-ca' ? [] : [own]),
    ...(major || !keeps(server) ? [] : [await keepStep(context, change)]),
    await switchStep(context, change),
    startOf(context, server, 'start'),
    ...(server === 'openbao' ? [unsealStep(seal), ...agentsSteps(context)] : []),
    ...(around ? [startOf(context, 'step-ca', 'start-clients')] : []),
    proveStep(context, change),
  ];
}

/**
 * `infra.upgrade`: one server from what runs to another version. What is known to change is looked for in this installation first; its
 * data are kept until the operator confirms, so that there is a way back.
 */
export function upgradeDefinition(
  contextOf: () => Promise<UpgradeContext | undefined>,
): OperationDefinition<UpgradeInput> {
  return {
    kind: 'infra.upgrade',
    input: inputSchema,
    async prepare({ server, to = catalogue[server].version }): Promise<Prepared> {
      const title = message('upgrade.title', { server: factsOf(server).title });
      const confirm = { verb: message('upgrade.verb', { to }) };
      const context = await contextOf();
      if (context === undefined) {
        const none: Precondition = {
          id: 'topology',
          title: message('upgrade.check.programs'),
          met: false,
          detail: message('upgrade.problem.programs'),
        };
        return { title, summary: title, steps: [], preconditions: [none], confirm };
      }
      const former = await readFormer(context.services.paths, server);
      const runs: Program = former?.to === to ? former.from : await context.place.program(server);
      const from = runs.version;
      const change: Change = { server, from, to, major: isMajor(server, from, to) };
      const { preconditions, notes } = await checkUpgrade(context, server, from, to);
      const steps = await stepsOf(context, change);
      const [first, ...others] = steps;
      return {
        title,
        summary: message(change.major ? 'upgrade.summary_major' : 'upgrade.summary', {
          server: factsOf(server).title,
          from,
          to,
        }),
        steps:
          first === undefined
            ? []
            : [{ ...first, effects: [...first.effects, ...noteEffects(server, notes)] }, ...others],
        preconditions,
        confirm,
      };
    },
  };
}
