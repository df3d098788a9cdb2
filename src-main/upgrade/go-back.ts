import * as z from 'zod';
import type { Effect, Precondition } from '../../shared/contract/operations.ts';
import { upgradableSchema } from '../../shared/contract/upgrade.ts';
import { message } from '../../shared/message.ts';
import type { OperationDefinition, Prepared, Step } from '../operations/types.ts';
import { factsOf, type ServerName } from '../servers/catalogue.ts';
import { startStep } from '../topology/definitions.ts';
import { isMajor } from './checks.ts';
import type { UpgradeContext } from './context.ts';
import { readFormer, removeFormer, type Former } from './former.ts';
import { proveInstallation } from './proofs.ts';
import { agentsSteps, stopFor, unsealStep } from './steps.ts';

const inputSchema = z.object({ server: upgradableSchema });
type Input = z.infer<typeof inputSchema>;

const keeps = (server: ServerName): server is 'openbao' | 'postgres' => server !== 'step-ca';

/** KV paths that were written since the upgrade and would be as they were before it. */
async function lostSince({ services }: UpgradeContext, at: number): Promise<readonly string[]> {
  const lost: string[] = [];
  const { kv } = services.client();
  const walk = async (path: string): Promise<void> => {
    for (const name of await kv.list(path)) {
      const below = `${path}/${name}`;
      if (name.endsWith('/')) await walk(below.slice(0, -1));
      else if (Date.parse((await kv.metadata(below))?.updatedAt ?? '') > at) lost.push(below);
    }
  };
  await walk('bootroot').catch(() => undefined);
  return lost;
}

async function lossEffects(context: UpgradeContext, former: Former): Promise<Effect[]> {
  const { server, at } = former;
  const date = new Date(at).toISOString();
  if (server === 'step-ca') return [];
  const kept = server === 'openbao' || isMajor(server, former.from.version, former.to);
  if (!kept) return [];
  const lost = server === 'openbao' ? await lostSince(context, at) : [];
  const since: Effect = {
    kind: 'touches',
    who: factsOf(server).title,
    note: message('upgrade.note.lost_since', { date }),
  };
  return [
    since,
    ...lost.map((path): Effect => ({
      kind: 'openbao',
      path,
      action: 'change',
      what: 'kv',
      detail: date,
    })),
  ];
}

async function goBackSteps(context: UpgradeContext, former: Former): Promise<readonly Step[]> {
  const { server, from, to } = former;
  const { place, topology, services } = context;
  const back = async (): Promise<boolean> => (await place.program(server)).version === from.version;
  const seal = () => ({ openbao: services.openbao, paths: services.paths, topology });
  const around = server === 'postgres';
  const major = isMajor(server, from.version, to);
  const restore: Step = {
    id: 'restore',
    title: message('upgrade.step.restore', { from: from.version }),
    effects: [
      ...(await lossEffects(context, former)),
      ...(keeps(server)
        ? [{ kind: 'file' as const, path: await place.dataOf(server), action: 'change' as const }]
        : []),
    ],
    weight: 4,
    check: back,
    async apply(run) {
      if (major) await place.major?.swapBack(from.version);
      // A minor version of PostgreSQL writes the same files: nothing that was written since has to be given up.
      else if (server === 'openbao') await place.putBack(server);
      await place.use(server, from);
      run.changed(factsOf(server).title, to, from.version);
    },
  };
  const forget: Step = {
    id: 'forget',
    title: message('upgrade.step.forget'),
    effects: [],
    check: async () => (await readFormer(services.paths, server)) === undefined,
    async apply() {
      if (keeps(server)) await place.drop(server);
      await removeFormer(services.paths, server);
    },
  };
  return [
    ...(around ? [stopFor(context, 'step-ca', back, 'stop-clients')] : []),
    stopFor(context, server, back, 'stop'),
    restore,
    { ...startStep(topology, server), id: 'start' },
    ...(server === 'openbao' ? [unsealStep(seal), ...agentsSteps(context)] : []),
    ...(around ? [{ ...startStep(topology, 'step-ca'), id: 'start-clients' }] : []),
    {
      id: 'prove',
      title: message('upgrade.step.prove'),
      effects: [],
      weight: 2,
      check: async () => false,
      apply: (run) => proveInstallation(context, run),
    },
    forget,
  ];
}

const noFormer = (server: ServerName): Precondition => ({
  id: 'former',
  title: message('upgrade.check.has_former', { server: factsOf(server).title }),
  met: false,
});

/** `infra.go-back`: the version and the data of before an upgrade that was not confirmed yet. */
export const goBackDefinition = (
  contextOf: () => Promise<UpgradeContext | undefined>,
): OperationDefinition<Input> => ({
  kind: 'infra.go-back',
  input: inputSchema,
  async prepare({ server }): Promise<Prepared> {
    const context = await contextOf();
    const former = context === undefined ? undefined : await readFormer(context.services.paths, server);
    const name = factsOf(server).title;
    const title = message('upgrade.back.title', { server: name });
    if (context === undefined)
      return {
        title,
        summary: title,
        steps: [],
        preconditions: [noFormer(server)],
        confirm: { verb: message('upgrade.back.verb', { from: '' }) },
      };
    const now = await context.place.program(server);
    // One that was killed as it forgot has the same steps, all of them with their effect.
    const known: Former = former ?? { version: 1, server, operation: '', at: 0, from: now, to: now.version };
    const from = known.from.version;
    const steps = await goBackSteps(context, known);
    return {
      title,
      summary: message('upgrade.back.summary', { server: name, from, to: known.to }),
      steps,
      preconditions: former === undefined ? [noFormer(server)] : [],
      // What was written since is lost for good.
      confirm: { verb: message('upgrade.back.verb', { from }), typed: `${name} ${from}` },
    };
  },
});

/** `infra.confirm`: the new version is good; what was kept of the old one is removed. */
export const confirmDefinition = (
  contextOf: () => Promise<UpgradeContext | undefined>,
): OperationDefinition<Input> => ({
  kind: 'infra.confirm',
  input: inputSchema,
  async prepare({ server }): Promise<Prepared> {
    const context = await contextOf();
    const former = context === undefined ? undefined : await readFormer(context.services.paths, server);
    const name = factsOf(server).title;
    const title = message('upgrade.confirm.title', { server: name });
    const confirm = { verb: message('upgrade.confirm.verb') };
    // A resumed one finds the record gone and is done.
    const met = former !== undefined;
    const path = context !== undefined && keeps(server) ? await context.place.dataOf(server) : undefined;
    return {
      title,
      summary: message('upgrade.confirm.summary', {
        server: name,
        from: former?.from.version ?? '',
        to: former?.to ?? '',
      }),
      steps:
        context === undefined
          ? []
          : [
              {
                id: 'forget',
                title: message('upgrade.step.forget'),
                effects: path === undefined ? [] : [{ kind: 'file', path, action: 'remove' }],
                check: async () => (await readFormer(context.services.paths, server)) === undefined,
                async apply() {
                  if (keeps(server)) await context.place.drop(server);
                  await removeFormer(context.services.paths, server);
                },
              },
            ],
      preconditions: met ? [] : [noFormer(server)],
      confirm,
    };
  },
});
