import type { AuditEntry } from '../../../shared/contract/audit.ts';

const outcomes = ['done', 'started', 'failed', 'refused', 'interrupted', 'undone'] as const;

export const auditEntries = (count: number, now: number): AuditEntry[] =>
  Array.from({ length: count }, (_, index) => ({
    seq: count - index,
    at: now - index * 420_000,
    actor: index % 4 === 0 ? 'kim@desk (web)' : 'lee@bastion (cli)',
    action: ['operation.start', 'openbao.unseal', 'services.prove', 'secret.reveal'][index % 4] ?? 'x',
    target: index % 3 === 0 ? 'edge-proxy' : 'setup.local /home/kim/bootroot/lab',
    outcome: outcomes[index % outcomes.length] ?? 'done',
    details: { digest: '9f86d081884c7d65', steps: 12 },
    hash: `${index.toString(16).padStart(4, '0')}`.repeat(16),
  }));
