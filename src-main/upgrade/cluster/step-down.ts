import * as z from 'zod';
import { ConsoleError, isConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import { clusterOf } from '../../openbao/cluster.ts';
import { askPrecondition } from '../../operations/ask-precondition.ts';
import { pause } from '../../operations/pause.ts';
import type { OperationDefinition } from '../../operations/types.ts';
import type { ServicesContext } from '../../services/context.ts';

const path = 'sys/step-down';
/** An election takes a second or two, milliseconds. */
const patienceMs = 30_000;

export interface StepDownWorld {
  readonly services: ServicesContext;
}

/** `openbao.step-down`: the leader of a cluster hands over to another member, as before it is stopped for an upgrade. */
export function stepDownDefinition({ services }: StepDownWorld): OperationDefinition<object> {
  const leaderNow = async (): Promise<string | undefined> =>
    (await clusterOf(services.openbao)).members.find(({ state }) => state === 'leader')?.url;
  return {
    kind: 'openbao.step-down',
    input: z.object({}),
    async prepare() {
      const { members } = await clusterOf(services.openbao);
      const leader = members.find(({ state }) => state === 'leader')?.url;
      return {
        title: message('cluster.step_down.title'),
        summary: message('cluster.step_down.summary', { url: leader ?? '?' }),
        steps: [
          {
            id: 'step-down',
            title: message('cluster.step_down.step'),
            effects: [
              { kind: 'openbao', path, action: 'change', what: 'init' },
              { kind: 'touches', who: 'OpenBao', note: message('cluster.step_down.note') },
            ],
            async check(run) {
              const before = await run.stage.read('leader');
              const now = await leaderNow();
              return before !== undefined && now !== undefined && now !== before;
            },
            async apply(run) {
              const before = await run.stage.once('leader', async () => (await leaderNow()) ?? '');
              await services
                .client()
                .caller.write(path, {})
                .catch((error: unknown) => {
                  // Who hands over may not get to answer.
                  if (
                    !isConsoleError(error, 'openbao_unreachable') &&
                    !isConsoleError(error, 'openbao_unavailable')
                  )
                    throw error;
                });
              const end = Date.now() + patienceMs;
              for (;;) {
                const now = await leaderNow();
                if (now !== undefined && now !== before) {
                  run.changed('leader', before, now);
                  run.prove({
                    title: message('cluster.step_down.proof', { url: now }),
                    outcome: 'proved',
                  });
                  return;
                }
                if (Date.now() > end) throw new ConsoleError('cluster_same_leader', { url: before });
                await pause(250, run.signal);
              }
            },
            // Whoever leads leads equally well; nothing is to be taken back.
            undo: async () => undefined,
          },
        ],
        preconditions: [
          await askPrecondition('cluster', message('cluster.step_down.check.members'), async () =>
            Promise.resolve(members.length > 1 ? undefined : message('cluster.step_down.problem.single')),
          ),
          await askPrecondition('followers', message('cluster.step_down.check.followers'), async () => {
            const away = members.filter(({ state }) => state !== 'leader' && state !== 'follower');
            const [first] = away;
            return Promise.resolve(
              leader === undefined
                ? message('cluster.step_down.problem.no_leader')
                : first === undefined
                  ? undefined
                  : message('cluster.step_down.problem.away', { url: first.url }),
            );
          }),
          await askPrecondition('allowed', message('cluster.step_down.check.allowed'), async () => {
            const may = (await services.client().capabilities([path])).get(path) ?? [];
            // The documentation asks for `sudo` beside `update`.
            const enough = may.includes('root') || (may.includes('sudo') && may.includes('update'));
            return enough ? undefined : message('cluster.step_down.problem.allowed');
          }),
        ],
        confirm: { verb: message('cluster.step_down.verb') },
      };
    },
  };
}
