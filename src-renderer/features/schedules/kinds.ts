import type { MessageKey } from '../../../shared/i18n/index.ts';

/** Operations that can run alone, with what they are given: everything there is. */
export const kinds = [
  {
    kind: 'rotate.approle-secret-id',
    id: 'secret-ids',
    input: { ids: 'all', infra: ['stepca', 'responder'] },
    title: 'rotation.approle_secret_id.title',
  },
  {
    kind: 'rotate.force-reissue',
    id: 'reissue',
    input: { ids: 'all' },
    title: 'rotation.force_reissue.title',
  },
  { kind: 'rotate.trust-sync', id: 'trust', input: {}, title: 'rotation.trust_sync.title' },
  {
    kind: 'rotate.responder-hmac',
    id: 'responder-secret',
    input: {},
    title: 'rotation.responder_hmac.title',
  },
  {
    kind: 'rotate.stepca-password',
    id: 'ca-password',
    input: {},
    title: 'rotation.stepca_password.title',
  },
  { kind: 'rotate.db', id: 'database', input: {}, title: 'rotation.db.title' },
  { kind: 'backup.take', id: 'backup', input: { keep: 14 }, title: 'backup.title' },
  { kind: 'check.run', id: 'services', input: { check: 'verify' }, title: 'check.title.verify' },
  { kind: 'report.write', id: 'report', input: { keep: 30 }, title: 'report.title' },
  { kind: 'openbao.rotate-audit', id: 'audit-files', input: { keep: 30 }, title: 'health.audit.title' },
  { kind: 'stepca.prune', id: 'ca-database', input: { keepDays: 7 }, title: 'health.prune.title' },
  {
    kind: 'schedule.renew-credential',
    id: 'scheduler',
    input: {},
    title: 'schedule.renew.title',
  },
] as const satisfies readonly {
  readonly kind: string;
  readonly id: string;
  readonly input: unknown;
  readonly title: MessageKey;
}[];

/** Undefined: an operation that only the command line schedules. */
export const titleOfKind = (kind: string): MessageKey | undefined =>
  kinds.find((one) => one.kind === kind)?.title;
