import type { CheckKind, CheckRun } from '../../../shared/contract/monitoring.ts';
import type { Rung } from '../../../shared/contract/services.ts';
import { message, type Message } from '../../../shared/message.ts';
import { toErrorData } from '../../operations/error-data.ts';
import { headline } from '../../services/ladder/rungs.ts';

/** What checks are walked with. */
export interface CheckWorld {
  /** Services that are looked at; remote ones have no files on this host. */
  readonly services: () => Promise<readonly { readonly id: string }[]>;
  /** Proves every rung of a service live. */
  readonly prove: (id: string) => Promise<readonly Rung[]>;
  /** Orders a certificate and throws it away; undefined when there is no name to order. */
  readonly issue: (signal: AbortSignal) => Promise<{ readonly serial: string } | undefined>;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** How many services are looked at at once: each look has handshakes and a login. */
const width = 4;

async function bounded<T, U>(items: readonly T[], job: (item: T) => Promise<U>): Promise<U[]> {
  const results: U[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++)
      results[index] = await job(items[index] as T);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return results;
}

async function problemOf(world: CheckWorld, id: string): Promise<Message | undefined> {
  try {
    const low = headline(await world.prove(id));
    return low === undefined ? undefined : (low.evidence.at(-1) ?? message('monitoring.check.not_proved'));
  } catch (error) {
    const { code, params } = toErrorData(error);
    return message(`error.${code}.what`, params);
  }
}

async function verify(world: CheckWorld, signal: AbortSignal) {
  const services = await world.services();
  const problems = await bounded(services, async ({ id }) =>
    signal.aborted ? message('error.cancelled.what') : problemOf(world, id),
  );
  const findings = services.flatMap(({ id }, index) => {
    const problem = problems[index];
    return problem === undefined ? [] : [{ service: id, problem }];
  });
  return { looked: services.length, proved: services.length - findings.length, findings };
}

async function issuance(world: CheckWorld, signal: AbortSignal) {
  const issued = await world.issue(signal);
  return { looked: 1, proved: issued === undefined ? 0 : 1, findings: [] };
}

/** Walks a check once; what goes wrong is its result and is never thrown. */
export async function runCheck(kind: CheckKind, world: CheckWorld, signal: AbortSignal): Promise<CheckRun> {
  const at = world.now();
  try {
    const seen = await (kind === 'verify' ? verify(world, signal) : issuance(world, signal));
    const outcome = seen.findings.length === 0 ? 'passed' : 'failed';
    return { at, ms: world.now() - at, outcome, ...seen };
  } catch (error) {
    const refusal = { outcome: 'refused' as const, looked: 0, proved: 0, findings: [] };
    return { at, ms: world.now() - at, ...refusal, error: toErrorData(error) };
  }
}
