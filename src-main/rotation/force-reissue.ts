import * as z from 'zod';
import type { Effect } from '../../shared/contract/operations.ts';
import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { message, type Message } from '../../shared/message.ts';
import type { OperationDefinition, Run, Step } from '../operations/types.ts';
import { issueStep, leafOf, proveStep, tellStep } from '../services/add/issue-steps.ts';
import type { Service } from '../services/entry.ts';
import { serverPreconditions } from '../services/preconditions.ts';
import { eachBounded } from './bounded.ts';
import type { RotationContext } from './context.ts';
import { selectionSchema } from './credential-definitions.ts';
import { filesPrecondition, somePrecondition } from './preconditions.ts';
import { awaitRemote, requestRemote } from './reissue-request.ts';
import { cornerOf } from './stage-corner.ts';
import { chosenServices, isRemote } from './targets.ts';

const inputSchema = z.object({
  ids: selectionSchema,
  /** How long remote hosts are waited for, seconds; what they have not done by then is pending, never done. */
  waitSeconds: z.number().int().min(0).max(86_400).default(0),
});
type Input = z.infer<typeof inputSchema>;

/** The run as one service's steps see it: their progress and proofs are part of a whole that is reported here. */
const runFor = (run: Run, service: Service): Run => ({
  ...run,
  stage: cornerOf(run.stage, service.id),
  progress: () => undefined,
  prove: () => undefined,
});

/** One service: a new leaf on disk, then read by the service, served and trusted. Done before a crash, it is only proved again. */
async function reissue(context: RotationContext, service: Service, run: Run): Promise<void> {
  const own = runFor(run, service);
  const step = issueStep(context.services, () => service);
  if (!(await step.check(own))) await step.apply(own);
  const tell = tellStep(context.services, () => service);
  if (!(await tell.check(own))) await tell.apply(own);
  await proveStep(context.services, () => service).apply(own);
  if ((await leafOf(service)) === (await own.stage.read('before')))
    throw new ConsoleError('rotation_same_leaf', { name: service.id });
}

const reasonOf = (error: unknown): Message =>
  isConsoleError(error)
    ? message(`error.${error.code}.what`, error.data.params)
    : message('error.internal.what');

/** New leaves for all of these: done, pending or failed for each, with evidence (failure mode C21). */
export function reissueStep(
  context: RotationContext,
  services: readonly Service[],
  waitSeconds: number,
): Step {
  const local = services.filter((one) => !isRemote(one));
  const remote = services.filter(isRemote);
  return {
    id: 'reissue',
    title: message('rotation.step.reissue', { count: local.length }),
    effects: local.flatMap((service): Effect[] => [
      { kind: 'certificate', subject: `CN=${service.identity}`, names: [service.identity] },
      ...[service.key, service.cert, service.bundle].map((path): Effect => ({
        kind: 'file',
        path,
        action: 'change',
      })),
    ]),
    weight: Math.max(1, local.length),
    check: async () => false,
    async apply(run) {
      // First, and at once: a local one that fails keeps no remote host back.
      await requestRemote(context, remote, run);
      const failures: { readonly id: string; readonly reason: Message }[] = [];
      await eachBounded(
        local,
        async (service) => {
          if (run.signal.aborted) throw new ConsoleError('cancelled');
          try {
            await reissue(context, service, run);
            run.prove({
              title: message('rotation.proof.reissued', { name: service.id }),
              outcome: 'proved',
              evidence: message('rotation.evidence.leaf', {
                fingerprint: (await leafOf(service)).slice(0, 16),
              }),
            });
          } catch (error) {
            if (isConsoleError(error, 'cancelled')) throw error;
            const reason = reasonOf(error);
            failures.push({ id: service.id, reason });
            run.log(message('rotation.log.failed', { name: service.id }), 'error');
            run.log(reason, 'error');
            run.prove({
              title: message('rotation.proof.reissued', { name: service.id }),
              outcome: 'not_proved',
              evidence: reason,
            });
          }
        },
        (part) => run.progress(part),
      );
      if (failures.length > 0)
        throw new ConsoleError(
          'rotation_some_failed',
          {
            count: failures.length,
            total: local.length,
            names: failures.map(({ id }) => id).join(', '),
          },
          { changed: message('error.changed.steps') },
        );
      await awaitRemote(context, remote, waitSeconds, run);
    },
    async undo(run) {
      for (const service of local)
        await issueStep(context.services, () => service).undo?.(runFor(run, service));
    },
  };
}

/** New certificates now, whatever is left of the old ones. */
export function forceReissueDefinition(context: RotationContext): OperationDefinition<Input> {
  return {
    kind: 'rotate.force-reissue',
    unfinished: 'superseded',
    input: inputSchema,
    async prepare({ ids, waitSeconds }) {
      const services = await chosenServices(context.services, ids);
      const local = services.filter((one) => !isRemote(one));
      const count = services.length;
      return {
        title: message('rotation.force_reissue.title'),
        summary: message('rotation.force_reissue.summary', { count }),
        steps: [reissueStep(context, services, waitSeconds)],
        preconditions: [
          somePrecondition(count),
          ...(await serverPreconditions(context.services)),
          await filesPrecondition(local.flatMap(({ cert, key }) => [cert, key])),
        ],
        confirm: { verb: message('rotation.confirm') },
      };
    },
  };
}
