import type { RotationTarget } from '../../../../shared/contract/rotation.ts';
import { ApproleForm } from './approle-form.tsx';
import { EabForm } from './eab-form.tsx';
import { HmacForm } from './hmac-form.tsx';
import { ReissueForm } from './reissue-form.tsx';
import type { TargetStart } from './target-form.ts';

/** Every target that asks for something before its plan can be made. */
export const targetStarts: Partial<Record<RotationTarget, TargetStart>> = {
  'approle-secret-id': { kind: 'form', Form: ApproleForm },
  'ca-key': { kind: 'page', to: '/rotation/ca-key' },
  eab: { kind: 'form', Form: EabForm },
  'openbao-recovery': { kind: 'page', to: '/rotation/openbao-recovery' },
  'responder-hmac': { kind: 'form', Form: HmacForm },
  'force-reissue': { kind: 'form', Form: ReissueForm },
};
