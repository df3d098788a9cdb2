import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import { pause } from '../../operations/pause.ts';
import type { Run } from '../../operations/types.ts';
import type { Sidecars } from '../../topology/topology.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import { infraTargets } from '../targets.ts';

/** How long an agent may take to sign in, milliseconds. */
const patienceMs = 60_000;

/**
 * OpenBao Agents read the CA only when they start, and an old token would hide for hours that they cannot sign in any more (failure
 * mode C7): so they begin anew, and each has to bring a new token.
 * @throws `infra_tls_agent_silent`, those of the topology
 */
export async function signInAgain(paths: WorkspacePaths, agents: Sidecars, run: Run): Promise<void> {
  const sinks = infraTargets.map((name) => ({
    name,
    path: join(dirname(paths.infraAgent(name, 'agent.hcl')), 'token'),
  }));
  const changedAt = async (path: string): Promise<number> =>
    stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    );
  const before = new Map(
    await Promise.all(sinks.map(async ({ name, path }) => [name, await changedAt(path)] as const)),
  );
  await agents.stop();
  await agents.start(run.signal);
  const end = Date.now() + patienceMs;
  for (const { name, path } of sinks)
    while ((await changedAt(path)) <= (before.get(name) ?? 0)) {
      if (Date.now() > end) throw new ConsoleError('infra_tls_agent_silent', { name });
      await pause(200, run.signal);
    }
  run.prove({ title: message('infra_tls.proof.agents'), outcome: 'proved' });
}
