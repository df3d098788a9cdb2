import type { Drift } from '../../shared/contract/drift.ts';
import { message } from '../../shared/message.ts';

type Row = Drift['versions'][number];

interface Running {
  readonly server: 'openbao' | 'step-ca' | 'postgres';
  readonly version: string | undefined;
  /** Of OpenBao. */
  readonly storage?: string;
}

/** Backup first; the database before what uses it, secrets before the CA, agents last. */
export const upgradeOrder = ['PostgreSQL', 'OpenBao', 'step-ca', 'responder', 'agent'] as const;

const titles = { openbao: 'OpenBao', 'step-ca': 'step-ca', postgres: 'PostgreSQL' } as const;

/** Whether `version` is at least `than`, by its numbers. */
export function atLeast(version: string, than: string): boolean {
  const numbers = (text: string): number[] => (text.match(/\d+/g) ?? []).slice(0, 3).map(Number);
  const [a, b] = [numbers(version), numbers(than)];
  for (let index = 0; index < b.length; index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function knownOf({ server, version, storage }: Running): Row['known'] {
  if (version === undefined) return [];
  switch (server) {
    case 'openbao':
      return [
        ...(storage === 'file'
          ? [{ severity: 'critical' as const, text: message('drift.known.file_storage') }]
          : []),
        ...(atLeast(version, '2.5')
          ? [{ severity: 'notice' as const, text: message('drift.known.recovery_token') }]
          : []),
      ];
    case 'step-ca':
      return atLeast(version, '0.31')
        ? []
        : [{ severity: 'notice', text: message('drift.known.stepca_orders') }];
    case 'postgres':
      return atLeast(version, '14')
        ? []
        : [{ severity: 'warning', text: message('drift.known.postgres_old', { version }) }];
  }
}

/** What runs, and what is known to be wrong with it. */
export const versionRows = (running: readonly Running[]): Row[] =>
  running.map((one) => ({
    server: titles[one.server],
    ...(one.version === undefined ? {} : { version: one.version }),
    known: knownOf(one),
  }));
