import * as z from 'zod';
import { checkKinds, type CheckKind, type CheckRun } from '../../../shared/contract/monitoring.ts';
import { ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import type { OperationDefinition, Step } from '../../operations/types.ts';
import type { Checks } from './checks.ts';
import { runCheck, type CheckWorld } from './run-check.ts';

const inputSchema = z.object({ check: z.enum(checkKinds).default('verify') });
export type RunCheckInput = z.infer<typeof inputSchema>;

function failureOf(kind: CheckKind, { outcome, error, looked, proved, findings }: CheckRun): ConsoleError {
  if (outcome === 'refused' && error !== undefined) return new ConsoleError(error.code, error.params);
  const names = findings.map(({ service }) => service);
  return new ConsoleError('check_failed', {
    kind,
    looked,
    proved,
    names: `${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''}`,
  });
}

function walkStep(kind: CheckKind, checks: Pick<Checks, 'all' | 'record'>, world: CheckWorld): Step {
  return {
    id: 'walk',
    title: message(`check.step.${kind}`),
    effects: [],
    check: async () => false,
    async apply(run) {
      const result = await runCheck(kind, world, run.signal);
      if (run.signal.aborted) throw new ConsoleError('cancelled');
      // A declared check of this kind has been walked as well.
      for (const declared of await checks.all())
        if (declared.kind === kind) await checks.record(declared.id, result);
      for (const { service, problem } of result.findings)
        run.prove({
          title: message('check.proof.service', { service }),
          outcome: 'not_proved',
          evidence: problem,
        });
      if (result.outcome !== 'passed') throw failureOf(kind, result);
      run.prove({ title: message('check.proof.passed', { count: result.looked }), outcome: 'proved' });
    },
    undo: async () => undefined,
  };
}

/** A check as an operation, so that it can stand on a calendar; a finding is its failure. */
export const runCheckDefinition = (
  checks: Pick<Checks, 'all' | 'record'>,
  world: CheckWorld,
): OperationDefinition<RunCheckInput> => ({
  kind: 'check.run',
  input: inputSchema,
  prepare({ check }) {
    return Promise.resolve({
      title: message(`check.title.${check}`),
      summary: message(`check.summary.${check}`),
      steps: [walkStep(check, checks, world)],
      preconditions: [],
      confirm: { verb: message('check.confirm') },
    });
  },
});
