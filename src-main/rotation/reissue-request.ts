import { message } from '../../shared/message.ts';
import { ConsoleError } from '../../shared/errors.ts';
import { pause } from '../operations/pause.ts';
import type { Run } from '../operations/types.ts';
import type { Service } from '../services/entry.ts';
import { eachBounded } from './bounded.ts';
import type { RotationContext } from './context.ts';
import { cornerOf } from './stage-corner.ts';

/** How often a remote host is looked at while it is waited for, milliseconds; the tools' own rhythm. */
const lookMs = 2_000;

const pathOf = (id: string): string => `bootroot/services/${id}/reissue`;

/**
 * The request that a newer agent reads at `services/<id>/reissue`. Asked once, also when the answer was lost: a second version
 * would be a second reissue.
 */
async function request(context: RotationContext, id: string, run: Run): Promise<void> {
  const { kv } = context.services.client();
  const corner = cornerOf(run.stage, id);
  const at = await corner.once('request', () => new Date(context.services.now()).toISOString());
  const there = await kv.read(pathOf(id));
  const asked = there?.data['requested_at'] === at;
  const { version } = asked
    ? { version: Number(there.data['completed_version'] ?? there.version) }
    : await kv.write(pathOf(id), { requested_at: at, requester: 'bootroot-console' });
  await corner.write('version', String(version));
  run.prove({
    title: message('rotation.proof.reissued', { name: id }),
    outcome: 'pending',
    evidence: message('rotation.evidence.requested', { at }),
  });
}

/** Asks each remote host for a new certificate; the outcome is pending until it reports the version it completed. */
export const requestRemote = (
  context: RotationContext,
  remote: readonly Service[],
  run: Run,
): Promise<void> => eachBounded(remote, ({ id }) => request(context, id, run));

/** Whether the host has reported this request, or a later one, as completed; then the proof says when. */
async function completed(context: RotationContext, id: string, run: Run): Promise<boolean> {
  const version = Number(await cornerOf(run.stage, id).read('version'));
  const data = (await context.services.client().kv.read(pathOf(id)))?.data ?? {};
  const { completed_version: done, completed_at: at } = data as Record<string, unknown>;
  if (typeof done !== 'number' || done < version) return false;
  run.prove({
    title: message('rotation.proof.reissued', { name: id }),
    outcome: 'proved',
    evidence: message('rotation.evidence.completed', { at: String(at), version: done }),
  });
  return true;
}

/** Looks at the hosts until all have completed or the time is up; who has not stays pending. Throws `cancelled`. */
export async function awaitRemote(
  context: RotationContext,
  remote: readonly Service[],
  seconds: number,
  run: Run,
): Promise<void> {
  const end = context.services.now() + seconds * 1000;
  let waiting = seconds === 0 ? [] : remote.map(({ id }) => id);
  while (waiting.length > 0) {
    const left: string[] = [];
    await eachBounded(waiting, async (id) => {
      if (!(await completed(context, id, run))) left.push(id);
    });
    waiting = left;
    if (waiting.length === 0 || context.services.now() >= end) return;
    await pause(lookMs, run.signal);
    if (run.signal.aborted) throw new ConsoleError('cancelled');
  }
}
