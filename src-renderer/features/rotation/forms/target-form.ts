import type { ComponentType } from 'react';
import type { RotationItem } from '../../../../shared/contract/rotation.ts';

/** What the form of a target is given. */
export interface TargetFormProps {
  readonly item: RotationItem;
  /** Opens the plan for what was chosen. @param input for `operations.plan` */
  readonly onPlan: (input: unknown) => void;
  readonly onCancel: () => void;
}

/**
 * How a target is begun: by a form that asks for the choices it has, or on a page of its own (`to`, a path of the router).
 * A target that is in no table has no choices: its plan opens at once.
 */
export type TargetStart =
  | { readonly kind: 'form'; readonly Form: ComponentType<TargetFormProps> }
  | { readonly kind: 'page'; readonly to: string };
