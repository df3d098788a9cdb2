import { readFile } from 'node:fs/promises';
import { ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import { pause } from '../../operations/pause.ts';
import type { Run, Step } from '../../operations/types.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import { grafanaLogin, prometheusOpen, scrapeTargets } from './answers.ts';
import type { StackWorld } from './compose.ts';
import { grafanaUrl, prometheusUrl, readDeployed, withGrafana, type Deployed } from './deployed.ts';
import { grafanaPassword, prometheusPassword } from './status.ts';

const bundleOf = (paths: WorkspacePaths): Promise<string | undefined> =>
  readFile(paths.bundle, 'utf8').catch(() => undefined);

const patienceMs = 60_000;

/** Asks until it fits or the time is over; the last answer. */
async function until<T>(
  ask: () => Promise<T>,
  fits: (answer: T) => boolean,
  signal: AbortSignal,
): Promise<T> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (fits(answer) || Date.now() > end || signal.aborted) return answer;
    await pause(500, signal);
  }
}

async function proveGrafana(run: Run, deployed: Deployed, paths: WorkspacePaths): Promise<void> {
  const secret = (await grafanaPassword(paths)) ?? '';
  const bundle = await bundleOf(paths);
  const login = await until(
    () => grafanaLogin(deployed, secret, bundle),
    (answer) => answer !== 'unreachable',
    run.signal,
  );
  if (login === 'unreachable') throw new ConsoleError('monitoring_not_up', { name: grafanaUrl(deployed) });
  if (login === 'refused') throw new ConsoleError('grafana_password', { url: grafanaUrl(deployed) });
  if (login === 'open') throw new ConsoleError('grafana_open', { url: grafanaUrl(deployed) });
  run.prove({ title: message('monitoring.proof.grafana'), outcome: 'proved' });
}

/** What runs is asked: Prometheus with its rules, Grafana by a login, and each target that was declared (failure mode C25). */
export function proofStep({ paths }: StackWorld): Step {
  const required = async (): Promise<Deployed> => {
    const deployed = await readDeployed(paths);
    if (deployed === undefined) throw new ConsoleError('monitoring_not_up', { name: 'stack.json' });
    return deployed;
  };
  return {
    id: 'proof',
    title: message('monitoring.step.proof'),
    effects: [],
    check: () => Promise.resolve(false),
    async apply(run) {
      const deployed = await required();
      const targets = await until(
        async () => scrapeTargets(deployed, await prometheusPassword(paths, deployed), await bundleOf(paths)),
        (found) => found?.some(({ health }) => health !== 'unknown') === true,
        run.signal,
      );
      if (targets === undefined)
        throw new ConsoleError('monitoring_not_up', { name: prometheusUrl(deployed) });
      if (await prometheusOpen(deployed, await bundleOf(paths)))
        throw new ConsoleError('prometheus_open', { url: prometheusUrl(deployed) });
      run.prove({ title: message('monitoring.proof.prometheus'), outcome: 'proved' });
      if (withGrafana(deployed)) await proveGrafana(run, deployed, paths);
      for (const { job, url, health, error = '' } of targets)
        run.prove({
          title: message('monitoring.proof.target', { job }),
          outcome: health === 'up' ? 'proved' : 'pending',
          evidence: message(
            health === 'up' ? 'monitoring.evidence.scraped' : 'monitoring.evidence.not_scraped',
            { url, error },
          ),
        });
    },
    undo: () => Promise.resolve(),
  };
}
