import { stat } from 'node:fs/promises';
import * as z from 'zod';
import type { Precondition } from '../../../shared/contract/operations.ts';
import { ConsoleError, isConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import { conditionOf } from '../../operations/ask-precondition.ts';
import type { OperationDefinition, Prepared, Step } from '../../operations/types.ts';
import type { ComposeTopology } from './compose-topology.ts';
import { comingBack } from './container-problem.ts';
import { differenceEffects } from './difference-effects.ts';
import { problemAndNext } from './engine-problem.ts';
import { imagesFileProblem } from './images-file.ts';

/** A question to the engine whose failure is the reason why a plan cannot start. */
async function answered<T>(
  question: () => Promise<T>,
): Promise<{ readonly value?: T; readonly unmet: Precondition[] }> {
  const title = message('setup.compose.precondition.engine');
  try {
    return { value: await question(), unmet: [{ id: 'engine', title, met: true }] };
  } catch (error) {
    if (!isConsoleError(error)) throw error;
    return { unmet: [{ id: 'engine', title, met: false, detail: problemAndNext(error) }] };
  }
}

const policiesInput = z.strictObject({ containers: z.array(z.string().min(1).max(200)).min(1).max(50) });

/** These containers get a policy with which they come back after a failure and after a boot; none is restarted for it. */
export function mendPoliciesDefinition(
  topology: ComposeTopology,
): OperationDefinition<z.infer<typeof policiesInput>> {
  return {
    kind: 'containers.mend-policies',
    input: policiesInput,
    async prepare({ containers }): Promise<Prepared> {
      const { value, unmet } = await answered(() => topology.containers());
      const policyOf = (name: string): string =>
        value?.containers.find((each) => each.name === name)?.restartPolicy ?? 'no';
      const steps = containers.map((name): Step => {
        const effect = message('topology.policy.effect', { from: policyOf(name), to: 'unless-stopped' });
        return {
          id: `policy-${name}`,
          title: message('topology.policy.step', { container: name }),
          effects: [{ kind: 'touches', who: name, note: effect }],
          check: async () => comingBack.includes((await topology.ownPolicy(name)) ?? ''),
          async apply(run) {
            await run.stage.once(`policy-${name}`, async () => (await topology.ownPolicy(name)) ?? 'no');
            await topology.setPolicy(name, 'unless-stopped');
          },
          async undo(run) {
            if ((await run.stage.read(`policy-${name}`)) === 'no') await topology.setPolicy(name, 'no');
          },
        };
      });
      const problem = value?.problem;
      const preconditions: Precondition[] =
        problem === undefined
          ? unmet
          : [
              {
                id: 'engine',
                title: message('setup.compose.precondition.engine'),
                met: false,
                detail: problem,
              },
            ];
      return {
        title: message('topology.policy.title'),
        summary: message('topology.policy.summary', { count: containers.length }),
        steps: [...steps, policyProof(topology, containers)],
        preconditions,
        confirm: { verb: message('topology.policy.verb') },
      };
    },
  };
}

const policyProof = (topology: ComposeTopology, names: readonly string[]): Step => ({
  id: 'prove',
  title: message('topology.policy.prove'),
  effects: [],
  check: async () => false,
  async apply(run) {
    for (const name of names) {
      const policy = (await topology.ownPolicy(name)) ?? 'no';
      run.prove({
        title: message('topology.policy.proof', { container: name, policy }),
        outcome: comingBack.includes(policy) ? 'proved' : 'contradicted',
      });
    }
  },
  undo: async () => undefined,
});

const recreateInput = z.strictObject({ service: z.string().min(1).max(100) });

/** One container made anew from the files: the way in which a difference is put right. */
export function recreateDefinition(
  topology: ComposeTopology,
): OperationDefinition<z.infer<typeof recreateInput>> {
  return {
    kind: 'containers.recreate',
    input: recreateInput,
    async prepare({ service }): Promise<Prepared> {
      const { value, unmet } = await answered(() => topology.differences());
      const found = value?.find((each) => each.service === service);
      const seals = service === 'openbao';
      const container = found?.name ?? service;
      const step: Step = {
        id: 'recreate',
        title: message('topology.recreate.step', { container }),
        effects: [
          ...(found === undefined ? [] : differenceEffects(found)),
          { kind: 'process', name: container, action: 'restart' },
          ...(seals
            ? [{ kind: 'touches' as const, who: container, note: message('topology.note.sealed') }]
            : []),
        ],
        check: () => topology.isAsPlanned(service),
        apply: (run) => topology.recreate(service, run.signal),
      };
      const prove: Step = {
        id: 'prove',
        title: message('topology.recreate.prove'),
        effects: [],
        check: async () => false,
        async apply(run) {
          const left = (await topology.differences()).filter((each) => each.service === service);
          if (left.length > 0) throw new ConsoleError('compose_still_differs', { container });
          run.prove({ title: message('topology.recreate.proof', { container }), outcome: 'proved' });
        },
        undo: async () => undefined,
      };
      return {
        title: message('topology.recreate.title', { container }),
        summary: message(seals ? 'topology.recreate.summary_sealed' : 'topology.recreate.summary', {
          container,
        }),
        steps: [step, prove],
        preconditions: [
          ...unmet,
          { id: 'differs', title: message('topology.recreate.differs'), met: found !== undefined },
        ],
        // Whoever has no shares at hand stops everything with this.
        confirm: { verb: message('topology.recreate.verb'), ...(seals ? { typed: container } : {}) },
      };
    },
  };
}

const loadInput = z.strictObject({ file: z.string().min(1).max(4096) });

/** Images from a file that `docker save` wrote, for hosts without a registry. */
export function loadImagesDefinition(
  topology: ComposeTopology,
): OperationDefinition<z.infer<typeof loadInput>> {
  return {
    kind: 'containers.load-images',
    input: loadInput,
    async prepare({ file }): Promise<Prepared> {
      const { unmet } = await answered(() => topology.engine.version());
      const problem = await imagesFileProblem(file);
      const size = await stat(file).then(
        (found) => found.size,
        () => 0,
      );
      const missing = await topology.missingImages().catch(() => []);
      return {
        title: message('topology.load.title'),
        summary: message('topology.load.summary', { file, megabytes: Math.ceil(size / 1_000_000) }),
        steps: [
          {
            id: 'load',
            title: message('topology.load.step'),
            effects: [{ kind: 'touches', who: 'Docker', note: message('topology.load.effect', { file }) }],
            weight: 10,
            check: async () => false,
            apply: () => topology.engine.loadImages(file),
          },
          {
            id: 'prove',
            title: message('topology.load.prove'),
            effects: [],
            check: async () => false,
            async apply(run) {
              const still = await topology.missingImages();
              for (const name of missing)
                run.prove({
                  title: message('topology.load.proof', { image: topology.images[name].path }),
                  outcome: still.includes(name) ? 'not_proved' : 'proved',
                });
            },
            undo: async () => undefined,
          },
        ],
        preconditions: [...unmet, conditionOf('file', message('topology.load.file'), problem)],
        confirm: { verb: message('topology.load.verb') },
      };
    },
  };
}
