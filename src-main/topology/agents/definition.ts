import type * as z from 'zod';
import type { Precondition } from '../../../shared/contract/operations.ts';
import { runAgentsSchema } from '../../../shared/contract/renewal-agents.ts';
import { message } from '../../../shared/message.ts';
import { readRenewalRecord } from '../../agent/record.ts';
import { toldError } from '../../operations/told-error.ts';
import { pause } from '../../operations/pause.ts';
import type { OperationDefinition, Prepared, Run, Step } from '../../operations/types.ts';
import { agentsWith } from '../../processes/reload-by-config.ts';
import { unifiedDiff } from '../../workspace/diff.ts';
import { layoutText, runAgents } from '../layout.ts';
import type { LocalTopology } from '../local-topology.ts';
import type { LocalAgent } from './agent-list.ts';
import { startAgentsStep, stopAgentsStep } from './steps.ts';

type Input = z.infer<typeof runAgentsSchema>;

/** How long a look at a certificate may take until the record counts as missing, milliseconds; one that is current needs no server. */
const looksMs = 30_000;

async function chooseStep(topology: LocalTopology, chosen: boolean): Promise<Step> {
  const path = topology.files.layout;
  const layout = await topology.readLayout();
  const effects: Step['effects'] =
    layout === undefined
      ? []
      : [
          {
            kind: 'file',
            path,
            action: 'change',
            mode: '0600',
            diff: unifiedDiff(layoutText(layout), layoutText(runAgents(layout, chosen)), {
              path,
              secrets: [],
            }),
          },
        ];
  return {
    id: 'choose',
    title: message('agents.step.choose'),
    effects,
    check: async () => (await topology.agents.chosen()) === chosen,
    apply: () => topology.chooseAgents(chosen),
    undo: () => topology.chooseAgents(!chosen),
  };
}

/** Each has looked at its certificates since it was started, and says so in its record. */
const proveStep = (topology: LocalTopology, agents: readonly LocalAgent[]): Step => ({
  id: 'prove',
  title: message('agents.step.prove'),
  effects: [],
  check: async () => false,
  async apply(run: Run) {
    const deadline = Date.now() + looksMs;
    for (const { name, config, services } of agents) {
      const since = (await topology.agents.find(name))?.startedAt ?? Infinity;
      for (const { id, identity } of services) {
        const look = async (): ReturnType<typeof readRenewalRecord> => {
          const record = await readRenewalRecord(config, identity);
          return record !== undefined && record.checkedAt >= since ? record : undefined;
        };
        let record = await look();
        while (record === undefined && Date.now() < deadline && !run.signal.aborted) {
          await pause(250, run.signal);
          record = await look();
        }
        const why =
          record?.error === undefined ? undefined : toldError(record.error.code, record.error.params);
        run.prove({
          title: message('agents.proof', { id }),
          outcome: record === undefined ? 'pending' : record.outcome === 'failed' ? 'not_proved' : 'proved',
          ...(why === undefined ? {} : { evidence: why.what }),
        });
      }
    }
  },
  undo: async () => undefined,
});

async function preconditions(topology: LocalTopology, run: boolean): Promise<Precondition[]> {
  const layout = await topology.readLayout();
  const local = { id: 'topology', title: message('topology.precondition.local'), met: layout !== undefined };
  if (!run || layout === undefined) return [local];
  const units = layout.systemd !== undefined;
  const others: string[] = [];
  for (const { name, config } of await topology.agents.possible()) {
    const own = (await topology.agents.find(name))?.pid;
    for (const { pid } of await agentsWith(new Set([config])))
      if (pid !== own) others.push(`${config} (${pid})`);
  }
  return [
    local,
    {
      id: 'processes',
      title: message('agents.precondition.processes'),
      met: !units,
      ...(units ? { detail: message('agents.problem.units') } : {}),
    },
    {
      id: 'alone',
      title: message('agents.precondition.alone'),
      met: others.length === 0,
      ...(others.length === 0
        ? {}
        : { detail: message('agents.problem.others', { agents: others.join(', ') }) }),
    },
  ];
}

/** From now on the console runs the renewal agents of this host and watches over them, or does so no more. */
export function agentsDefinition(topology: LocalTopology): OperationDefinition<Input> {
  return {
    kind: 'infra.agents',
    input: runAgentsSchema,
    async prepare({ run }): Promise<Prepared> {
      const agents = await topology.agents.possible();
      const choose = await chooseStep(topology, run);
      const word = run ? 'on' : 'off';
      return {
        title: message(`agents.${word}.title`),
        summary: message(`agents.${word}.summary`, { count: agents.length }),
        steps: run
          ? [choose, startAgentsStep(topology.agents, agents), proveStep(topology, agents)]
          : [choose, stopAgentsStep(topology.agents, agents)],
        preconditions: await preconditions(topology, run),
        confirm: { verb: message(`agents.${word}.verb`) },
      };
    },
  };
}
