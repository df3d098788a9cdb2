import { ConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import { pause } from '../operations/pause.ts';
import type { Run, Step } from '../operations/types.ts';
import { labQuorum } from '../setup/ceremony/lab-shares.ts';
import type { Topology } from '../topology/topology.ts';
import { startSidecars } from '../topology/definitions.ts';
import { serverTitles, type ServerId } from '../topology/server-id.ts';
import type { OpenBao } from '../openbao/openbao.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';

/** What unsealing works on. */
export interface SealContext {
  readonly openbao: OpenBao;
  readonly paths: WorkspacePaths;
  readonly topology: Topology;
}

/** How long custodians have before the operation rests, milliseconds. It can be resumed at any time. */
const patienceMs = 60 * 60_000;

/**
 * A lab's shares are at hand; else it waits until the custodians have given theirs, on the page of OpenBao or with `unseal`: no share
 * passes through an operation.
 * @throws `upgrade_sealed`, `cancelled`
 */
export async function untilUnsealed({ openbao, paths, topology }: SealContext, run: Run): Promise<void> {
  if (!(await openbao.sealStatus()).sealed) return topology.settle(run.signal);
  const shares = await labQuorum(openbao, paths);
  if (shares !== undefined) {
    await openbao.unsealReset();
    for (const share of shares) await openbao.unseal(share);
  } else run.log(message('upgrade.log.waits_for_shares'), 'warn');
  const end = Date.now() + patienceMs;
  while ((await openbao.sealStatus()).sealed) {
    if (run.signal.aborted) throw new ConsoleError('cancelled');
    if (Date.now() > end) throw new ConsoleError('upgrade_sealed');
    await pause(500, run.signal);
  }
  await topology.settle(run.signal);
}

/** Unsealed with the shares that it had before. */
export const unsealStep = (context: () => SealContext): Step => ({
  id: 'unseal',
  title: message('upgrade.step.unseal'),
  effects: [{ kind: 'openbao', path: 'sys/unseal', action: 'change', what: 'init' }],
  weight: 2,
  check: async () => !(await context().openbao.sealStatus()).sealed,
  async apply(run) {
    await untilUnsealed(context(), run);
    run.prove({ title: message('upgrade.proof.unsealed'), outcome: 'proved' });
  },
  undo: async () => undefined,
});

/** Ends a server; the way back starts it again, and OpenBao is unsealed then. `over`: it is the new one that runs by now. */
export function stopFor(
  { topology }: { readonly topology: Topology },
  id: ServerId,
  over: () => Promise<boolean>,
  stepId: string,
  after: (run: Run) => Promise<void> = async () => undefined,
): Step {
  const server = serverTitles[id];
  return {
    id: stepId,
    title: message('topology.step.stop', { server }),
    effects: [{ kind: 'process', name: server, action: 'stop' }],
    check: async () => (await over()) || !(await topology.isRunning(id)),
    apply: () => topology.stopServer(id),
    async undo(run) {
      await topology.startServer(id, run.signal);
      await after(run);
    },
  };
}

/** OpenBao Agents of the topology are of the same version as their server; those that differ are made anew. */
export function agentsSteps({ topology }: { readonly topology: Topology }): readonly Step[] {
  const { sidecars } = topology;
  if (sidecars === undefined) return [];
  const step: Step = {
    ...startSidecars(sidecars),
    check: async () => false,
    // Those of the version before start with their server.
    undo: async () => undefined,
  };
  return [step];
}
