import { message, type Message } from '../../shared/message.ts';
import { compareVersions, type ServerName } from './catalogue.ts';

/** What is known of a version, as its makers have published it. */
export interface Remark {
  readonly severity: 'critical' | 'warning' | 'notice';
  readonly text: Message;
}

/** Holds for `from` (included) up to `below` (not included). */
interface Known extends Remark {
  readonly server: ServerName;
  readonly from?: string;
  readonly below?: string;
  /** OpenBao: only with this storage. */
  readonly storage?: 'file';
}

const known: readonly Known[] = [
  {
    server: 'openbao',
    storage: 'file',
    severity: 'critical',
    text: message('upgrade.known.file_storage'),
  },
  {
    server: 'openbao',
    below: '2.4.2',
    severity: 'warning',
    text: message('upgrade.known.audit_leak', { id: 'CVE-2025-62705', fixed: '2.4.2' }),
  },
  {
    server: 'openbao',
    below: '2.5.3',
    severity: 'warning',
    text: message('upgrade.known.generate_root', { id: 'CVE-2026-5807', fixed: '2.5.3' }),
  },
  {
    server: 'openbao',
    below: '2.6.2',
    severity: 'warning',
    text: message('upgrade.known.inline_auth', { id: 'GHSA-rh46-vc3j-w2w3', fixed: '2.6.2' }),
  },
  { server: 'openbao', from: '2.5', severity: 'notice', text: message('upgrade.known.recovery_token') },
  { server: 'step-ca', below: '0.31', severity: 'notice', text: message('upgrade.known.stepca_orders') },
];

/** The day on which a series gets its last correction, as its makers have announced it. */
const ends: readonly { readonly server: ServerName; readonly series: string; readonly day: string }[] = [
  { server: 'openbao', series: '2.3', day: '2025-08-28' },
  { server: 'openbao', series: '2.4', day: '2026-02-05' },
  { server: 'openbao', series: '2.5', day: '2026-07-14' },
  { server: 'openbao', series: '2.6', day: '2026-09-23' },
  { server: 'postgres', series: '13', day: '2025-11-13' },
  { server: 'postgres', series: '14', day: '2026-11-12' },
  { server: 'postgres', series: '15', day: '2027-11-11' },
  { server: 'postgres', series: '16', day: '2028-11-09' },
  { server: 'postgres', series: '17', day: '2029-11-08' },
  { server: 'postgres', series: '18', day: '2030-11-14' },
];

const day = 86_400_000;

/** When the series of a version ends, unix milliseconds; undefined: not announced, or not known here. */
export function endOf(server: ServerName, version: string): number | undefined {
  const found = ends.find(
    (one) => one.server === server && (version === one.series || version.startsWith(`${one.series}.`)),
  );
  return found === undefined ? undefined : Date.parse(`${found.day}T00:00:00Z`);
}

function endRemark(server: ServerName, version: string, now: number): readonly Remark[] {
  const end = endOf(server, version);
  if (end === undefined || end - now > 365 * day) return [];
  const params = { version, date: new Date(end).toISOString().slice(0, 10) };
  return end <= now
    ? [{ severity: 'warning', text: message('upgrade.known.ended', params) }]
    : [{ severity: 'notice', text: message('upgrade.known.ends', params) }];
}

/**
 * What is known to be wrong with a version, the worst first.
 * @param about `storage` of an OpenBao, as it says itself; `now` in unix milliseconds
 */
export function remarksOn(
  server: ServerName,
  version: string,
  about: { readonly storage?: string; readonly now: number },
): readonly Remark[] {
  const order = ['critical', 'warning', 'notice'];
  return [
    ...known
      .filter(
        (one) =>
          one.server === server &&
          (one.from === undefined || compareVersions(version, one.from) >= 0) &&
          (one.below === undefined || compareVersions(version, one.below) < 0) &&
          (one.storage === undefined || one.storage === about.storage),
      )
      .map(({ severity, text }) => ({ severity, text })),
    ...endRemark(server, version, about.now),
  ].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
}

/** Backup first; the database before what uses it, secrets before the CA, agents last. */
export const upgradeOrder = ['PostgreSQL', 'OpenBao', 'step-ca', 'responder', 'agent'] as const;
