import * as z from 'zod';
import type { SetupLocal } from '../../../shared/contract/setup.ts';

export const localSteps = ['kind', 'settings', 'plan', 'watch', 'proof'] as const;
export type LocalStep = (typeof localSteps)[number];

/** What is asked; `instance` and `imagesFile` only where the servers are to be containers. */
export type SetupInput = SetupLocal & { readonly instance?: string; readonly imagesFile?: string };

const isInput = (value: unknown): value is SetupInput =>
  typeof value === 'object' && value !== null && 'openbao' in value && 'ca' in value && 'kind' in value;

export const draftSchema = z.object({
  step: z.enum(localSteps),
  input: z.custom<SetupInput>(isInput),
  operationId: z.string().optional(),
});

export type Runner = 'local' | 'compose';

/** The instance is what makes a set-up one of containers. */
export const runnerOf = ({ instance }: SetupInput): Runner => (instance === undefined ? 'local' : 'compose');

/** The same answers for servers that are run in this way. */
export function asRunner(asked: SetupInput, runner: Runner): SetupInput {
  const { instance, imagesFile, ...input } = asked;
  if (runner === 'local') return input;
  return {
    ...input,
    instance: instance ?? 'bootroot',
    ...(imagesFile === undefined ? {} : { imagesFile }),
  };
}

/** As the operation takes it (shared/contract/setup.ts, `setup.compose`). */
export const instancePattern = /^[a-z0-9][a-z0-9-]{0,38}$/;

export const instanceFits = ({ instance }: SetupInput): boolean =>
  instance === undefined || instancePattern.test(instance);
