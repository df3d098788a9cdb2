import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Effect } from '../../shared/contract/operations.ts';
import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { message, type Message } from '../../shared/message.ts';
import type { OperationDefinition, Run, Stage, Step } from '../operations/types.ts';
import { issueStep, proveStep } from '../services/add/issue-steps.ts';
import type { Service } from '../services/entry.ts';
import { parseLeaf, readServiceFiles } from '../issuance/set-files.ts';
import { serverPreconditions } from '../services/preconditions.ts';
import { sha256 } from '../tls/certificates.ts';
import { eachBounded } from './bounded.ts';
import type { RotationContext } from './context.ts';
import { selectionSchema } from './credential-definitions.ts';
import { filesPrecondition, somePrecondition } from './preconditions.ts';
import { chosenServices, isRemote } from './targets.ts';

const inputSchema = z.object({ ids: selectionSchema });
type Input = z.infer<typeof inputSchema>;

/** A corner of the stage for one service: ids are longer than names of staged values may be. */
function cornerOf(stage: Stage, id: string): Stage {
  const prefix = createHash('sha256').update(id).digest('hex').slice(0, 24);
  const named = (name: string): string => `${prefix}-${name}`;
  return {
    read: (name) => stage.read(named(name)),
    write: (name, value) => stage.write(named(name), value),
    once: (name, make) => stage.once(named(name), make),
    remove: (name) => stage.remove(named(name)),
  };
}

/** The run as one service's steps see it: their progress and proofs are part of a whole that is reported here. */
const runFor = (run: Run, service: Service): Run => ({
  ...run,
  stage: cornerOf(run.stage, service.id),
  progress: () => undefined,
  prove: () => undefined,
});

async function leafOf(service: Service): Promise<string> {
  const { certPem } = await readServiceFiles(service);
  const leaf = certPem === undefined ? undefined : parseLeaf(certPem);
  return leaf === undefined ? '' : sha256(leaf);
}

/** One service: a new leaf on disk, then served and trusted. Done before a crash, it is only proved again. */
async function reissue(context: RotationContext, service: Service, run: Run): Promise<void> {
  const own = runFor(run, service);
  await own.stage.once('before', () => leafOf(service));
  const step = issueStep(context.services, () => service);
  if (!(await step.check(own))) await step.apply(own);
  await proveStep(context.services, () => service).apply(own);
  if ((await leafOf(service)) === (await own.stage.read('before')))
    throw new ConsoleError('rotation_same_leaf', { name: service.id });
}

const reasonOf = (error: unknown): Message =>
  isConsoleError(error)
    ? message(`error.${error.code}.what`, error.data.params)
    : message('error.internal.what');

function reissueStep(context: RotationContext, services: readonly Service[]): Step {
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
      await requestRemote(context, remote, run);
    },
    async undo(run) {
      for (const service of local) {
        const own = runFor(run, service);
        const before = await own.stage.read('before');
        // Only what this operation replaced: the generation kept beside an untouched leaf is an older one.
        if (before !== undefined && (await leafOf(service)) !== before)
          await issueStep(context.services, () => service).undo?.(own);
      }
    },
  };
}

/** The request that a newer agent reads; the outcome is pending until it reports the version it completed. */
async function requestRemote(context: RotationContext, remote: readonly Service[], run: Run): Promise<void> {
  const { kv } = remote.length === 0 ? { kv: undefined } : context.services.client();
  const requested = { requested_at: new Date(context.services.now()).toISOString() };
  for (const { id } of remote) {
    const path = `bootroot/services/${id}/reissue`;
    const staged = await cornerOf(run.stage, id).once('request', () => requested.requested_at);
    const wanted = { requested_at: staged, requester: 'bootroot-console' };
    // Asked once, also when the answer was lost: a second version would be a second reissue.
    if ((await kv?.read(path))?.data['requested_at'] !== staged) await kv?.write(path, wanted);
    run.prove({
      title: message('rotation.proof.reissued', { name: id }),
      outcome: 'pending',
      evidence: message('rotation.evidence.requested', { at: staged }),
    });
  }
}

/** New certificates now, whatever is left of the old ones. */
export function forceReissueDefinition(context: RotationContext): OperationDefinition<Input> {
  return {
    kind: 'rotate.force-reissue',
    input: inputSchema,
    async prepare({ ids }) {
      const services = await chosenServices(context.services, ids);
      const local = services.filter((one) => !isRemote(one));
      const count = services.length;
      return {
        title: message('rotation.force_reissue.title'),
        summary: message('rotation.force_reissue.summary', { count }),
        steps: [reissueStep(context, services)],
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
