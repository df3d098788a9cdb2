import type { Effect, Plan } from '../../../shared/contract/operations.ts';

export const effectKinds = [
  'file',
  'openbao',
  'database',
  'process',
  'certificate',
  'download',
  'touches',
] as const satisfies readonly Effect['kind'][];
export type EffectKind = (typeof effectKinds)[number];

/** One line of the plan: what happens, in which step, and whether it can be undone. */
export interface PlannedEffect<K extends EffectKind = EffectKind> {
  readonly effect: Extract<Effect, { kind: K }>;
  readonly stepId: string;
  readonly undoable: boolean;
}

/** The effects of all steps, grouped by what they act on; groups without effects are left out. */
export function groupEffects(plan: Plan): readonly { kind: EffectKind; effects: readonly PlannedEffect[] }[] {
  const all = plan.steps.flatMap((step) =>
    step.effects.map((effect): PlannedEffect => ({ effect, stepId: step.id, undoable: step.undoable })),
  );
  return effectKinds
    .map((kind) => ({ kind, effects: all.filter(({ effect }) => effect.kind === kind) }))
    .filter(({ effects }) => effects.length > 0);
}

/** The effects that speak of what is searched: a path, a name, a word of their text. */
export function matchingEffects(effects: readonly PlannedEffect[], search: string): readonly PlannedEffect[] {
  const wanted = search.trim().toLowerCase();
  if (wanted === '') return effects;
  return effects.filter(({ effect }) =>
    Object.values(effect).some((value) => typeof value === 'string' && value.toLowerCase().includes(wanted)),
  );
}
