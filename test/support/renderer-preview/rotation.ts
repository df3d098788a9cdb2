import type { Timeline } from '../../../shared/contract/credential-expiry.ts';
import type { Effect, Operation, Plan } from '../../../shared/contract/operations.ts';
import type { RotationItem } from '../../../shared/contract/rotation.ts';
import type { Message } from '../../../shared/message.ts';
import { serviceOf } from './services.ts';

const hour = 3_600_000;
const day = 24 * hour;
const m = (key: Message['key'], params?: Record<string, string | number>): Message =>
  params === undefined ? { key } : { key, params };

/** The due list with a secret in each state. */
export function rotationItems(rows: number, now: number): RotationItem[] {
  const items = (
    [
      ['approle-secret-id', 'rotation.target.approle_secret_id', 0.5, 0.7, 'due', 0.3],
      ['trust-sync', 'rotation.target.trust_sync', undefined, 40, 'ok', undefined],
      ['responder-hmac', 'rotation.target.responder_hmac', 90, 200, 'overdue', undefined],
      ['force-reissue', 'rotation.target.force_reissue', undefined, 0.2, 'ok', 0.8],
      ['stepca-password', 'rotation.target.stepca_password', 365, undefined, 'unknown', undefined],
      ['db', 'rotation.target.db', 90, 12, 'ok', undefined],
      ['console-credentials', 'rotation.target.console_credentials', 30, 3, 'ok', 29],
    ] as const
  ).map(([target, title, policyDays, age, due, ends]): RotationItem => ({
    target,
    kind: `rotate.${target}`,
    title: m(title),
    input: target === 'approle-secret-id' || target === 'force-reissue' ? { ids: 'all' } : {},
    due: rows === 0 && target === 'approle-secret-id' ? 'ok' : due,
    touches: [m('rotation.touches.services', { count: rows }), m('rotation.touches.stepca')],
    ...(policyDays === undefined ? {} : { policyDays }),
    ...(age === undefined ? {} : { changedAt: now - age * day }),
    ...(ends === undefined ? {} : { expiresAt: now + ends * day }),
    ...(target === 'db' ? { lastProofAt: now - 12 * day, lastOperationId: 'op-rotated' } : {}),
  }));
  return items;
}

/** Two credentials for each service, and what an installation has without any. */
export function timelineOf(rows: number, now: number): Timeline {
  const services = Array.from({ length: rows }, (_, index) => serviceOf(index, now));
  return {
    at: now,
    items: [
      {
        id: 'token:console',
        kind: 'console_token',
        name: 'token',
        to: '/openbao',
        limit: 'session',
        expiresAt: now + hour,
      },
      {
        id: 'secret_id:console',
        kind: 'console_secret_id',
        name: 'bootroot-console',
        target: 'console-credentials',
        limit: 'none',
      },
      ...services.map(({ id }, index) => ({
        id: `secret_id:${id}`,
        kind: 'secret_id' as const,
        name: id,
        to: `/services/${id}`,
        target: 'approle-secret-id',
        since: now - ((index * 7) % 24) * hour,
        ...(index % 40 === 7
          ? { limit: 'unknown' as const, problem: m('rotation.expiry.secret_id_gone') }
          : { limit: 'issued' as const, expiresAt: now + (24 - ((index * 7) % 26)) * hour }),
      })),
      ...services.map(({ id }, index) => ({
        id: `leaf:${id}`,
        kind: 'leaf' as const,
        name: id,
        to: `/services/${id}`,
        target: 'force-reissue',
        limit: 'certificate' as const,
        expiresAt: now + (((index * 13) % 60) + 1) * day,
      })),
      {
        id: 'intermediate',
        kind: 'intermediate',
        name: 'intermediate',
        limit: 'certificate',
        expiresAt: now + 1800 * day,
      },
      { id: 'root', kind: 'root', name: 'root', limit: 'certificate', expiresAt: now + 3600 * day },
    ],
  };
}

/** A rotation that is done, for the history. */
export const rotated = (now: number): Operation => ({
  id: 'op-rotated',
  kind: 'rotate.db',
  title: m('rotation.db.title'),
  state: 'done',
  actor: 'kim@desk (web)',
  startedAt: now - 12 * day,
  endedAt: now - 12 * day + 9_000,
  planDigest: '3c1e81884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a084f',
  progress: 1,
  steps: [],
  proofs: [
    {
      title: m('rotation.proof.db_new', { role: 'step' }),
      outcome: 'proved',
      at: now - 12 * day + 8_000,
    },
  ],
  changes: [
    { what: 'PostgreSQL step', before: '•••• sha256:ab12cd34', after: '•••• sha256:cd34ab12' },
    { what: 'bootroot/stepca/db', before: '•••• sha256:ab12cd34', after: '•••• sha256:cd34ab12' },
  ],
  secretInputs: [],
  canResume: false,
  canUndo: false,
  canCancel: false,
});

/** The plan of new secret_ids: three effects and more for each service. */
export function rotationPlan(kind: string, rows: number, now: number): Plan {
  const ids = Array.from({ length: rows }, (_, index) => serviceOf(index, now).id);
  const each = (of: (id: string) => Effect): Effect[] => ids.map(of);
  return {
    kind,
    title: m('rotation.approle_secret_id.title'),
    summary: m('rotation.approle_secret_id.summary', { count: rows }),
    steps: [
      {
        id: 'mint',
        title: m('rotation.step.mint', { count: rows }),
        undoable: true,
        effects: each((id) => ({
          kind: 'openbao',
          path: `auth/approle/role/bootroot-service-${id}/custom-secret-id`,
          action: 'create',
          what: 'approle',
        })),
      },
      {
        id: 'deliver',
        title: m('rotation.step.deliver', { count: rows }),
        undoable: true,
        effects: [
          ...each((id) => ({
            kind: 'file',
            path: `/home/kim/bootroot/lab/secrets/services/${id}/secret_id`,
            action: 'change',
          })),
          ...each((id) => ({
            kind: 'openbao',
            path: `secret/bootroot/services/${id}/secret_id`,
            action: 'change',
            what: 'kv',
          })),
          ...each((id) => ({ kind: 'process', name: `agent of ${id}`, action: 'reload' })),
        ],
      },
      {
        id: 'retire',
        title: m('rotation.step.retire'),
        undoable: false,
        effects: each((id) => ({
          kind: 'openbao',
          path: `auth/approle/role/bootroot-service-${id}/secret-id-accessor/destroy`,
          action: 'remove',
          what: 'approle',
        })),
      },
    ],
    preconditions: [
      { id: 'some', title: m('rotation.precondition.some'), met: rows > 0 },
      { id: 'room', title: m('rotation.precondition.room'), met: true },
    ],
    secretInputs: [],
    confirm: { verb: m('rotation.confirm') },
    digest: 'd2',
  };
}
