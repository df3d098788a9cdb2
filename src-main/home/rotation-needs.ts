import type { Action, Need } from '../../shared/contract/home.ts';
import type { CaKeyBoard } from '../../shared/contract/rotation-ca-key.ts';
import type { RotationTarget } from '../../shared/contract/rotation.ts';
import { message } from '../../shared/message.ts';
import type { Facts } from './facts.ts';

/** Rotations that have a page of their own; the others begin from the due list, which puts what is late first. */
const pages: Partial<Record<RotationTarget, string>> = {
  'ca-key': '/rotation/ca-key',
  'openbao-recovery': '/rotation/openbao-recovery',
};

/** What its policy asks to be rotated: late is a warning, twice as late is critical. An age that nobody knows is no need of its own. */
function dueNeeds({ rotations }: Facts): Need[] {
  return rotations.flatMap(({ target, title, due, dueAt }): Need[] => {
    if (due !== 'due' && due !== 'overdue') return [];
    return [
      {
        id: `rotation-${target}`,
        severity: due === 'overdue' ? 'critical' : 'warning',
        title: message(due === 'overdue' ? 'home.need.rotation_overdue' : 'home.need.rotation_due', {
          name: title.key,
        }),
        ...(dueAt === undefined ? {} : { since: dueAt }),
        action: { type: 'page', label: message('home.action.rotate'), to: pages[target] ?? '/rotation' },
      },
    ];
  });
}

type WaitingStage = Exclude<CaKeyBoard['stage'], 'idle'>;
const phases: Readonly<Record<WaitingStage, readonly [title: Need['title'], detail: Need['title']]>> = {
  preparing: [message('home.need.ca_key_begin'), message('ca_key.precondition.stage_preparing')],
  published: [message('home.need.ca_key_switch'), message('ca_key.precondition.stage_published')],
  switched: [message('home.need.ca_key_reissue'), message('ca_key.precondition.stage_switched')],
  reissued: [message('home.need.ca_key_retire'), message('ca_key.precondition.stage_reissued')],
};

const board: Action = { type: 'page', label: message('home.action.board'), to: '/rotation/ca-key' };

/** A phase of the CA key rotation may wait for days; it is not to be forgotten. While one runs or stands still, that is said instead. */
function caKeyNeeds({ caKey, operations }: Facts): Need[] {
  if (caKey === undefined) return [];
  const inHand = operations.some(
    ({ kind, state, canResume, canUndo }) =>
      kind === 'rotate.ca-key' &&
      (state === 'running' ||
        state === 'undoing' ||
        (['interrupted', 'failed', 'paused'].includes(state) && (canResume || canUndo))),
  );
  if (inHand) return [];
  const [title, detail] = phases[caKey.stage];
  return [{ id: 'ca-key', severity: 'notice', title, detail, since: caKey.since, action: board }];
}

/** What of the rotations needs the operator. */
export const rotationNeeds = (facts: Facts): Need[] => [...dueNeeds(facts), ...caKeyNeeds(facts)];
