import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acmeMeter } from '../acme/meter.ts';
import { day, facts, hour, now, openbao, service } from '../home/testing.ts';
import { Exporter } from './exporter.ts';
import { picture } from './testing/picture.ts';

let exporter: Exporter;
beforeEach(() => {
  exporter = new Exporter();
});
afterEach(() => exporter.close());

const series = async (name: string): Promise<string[]> =>
  (await exporter.text()).split('\n').filter((line) => line.startsWith(name));

describe('the exporter of the console', () => {
  it('keeps the series of a certificate that has expired, and ends that of one that was removed', async () => {
    const services = [service('web', { expiresAt: now - hour }), service('db', { expiresAt: now + day })];
    exporter.show(picture({ facts: facts({ services }) }));
    expect(await series('bootroot_certificate_days_left{name="web"')).toEqual([
      `bootroot_certificate_days_left{name="web",kind="leaf"} ${-hour / day}`,
    ]);
    exporter.show(picture({ facts: facts({ services: services.slice(0, 1) }) }));
    expect(await series('bootroot_certificate_not_after_seconds{name="db"')).toEqual([]);
    expect(await series('bootroot_certificate_not_after_seconds{name="web"')).toHaveLength(1);
  });

  it('says nothing where nothing is known: a sealed state is no 0 while nobody answers', async () => {
    exporter.show(picture());
    expect(await series('bootroot_openbao_sealed')).toEqual(['bootroot_openbao_sealed 0']);
    const { url, sharesOnDisk, session } = openbao();
    exporter.show(picture({ facts: facts({ openbao: { url, sharesOnDisk, session, reachable: false } }) }));
    expect(await series('bootroot_openbao_sealed')).toEqual([]);
    expect(await series('bootroot_openbao_up')).toEqual(['bootroot_openbao_up 0']);
  });

  it('shows age against policy, items of remote hosts, checks, skew, disks and the audit devices', async () => {
    exporter.show(
      picture({
        rotations: [
          {
            target: 'db',
            kind: 'rotate.db',
            title: { key: 'schedule.title' },
            input: {},
            changedAt: now - 40 * day,
            policyDays: 30,
            due: 'due',
            touches: [],
          },
        ],
        hosts: [
          {
            id: 'edge',
            host: 'edge-1',
            identity: '001.edge',
            state: 'failed',
            items: [{ item: 'eab', status: 'failed' }],
            handover: { state: 'taken' },
          },
        ],
        checks: [
          { id: 'hourly', kind: 'verify', everyMinutes: 60, enabled: true, savedAt: now, overdueSince: now },
        ],
        skews: [{ server: 'step-ca', seconds: 90 }],
        disks: [{ path: '/var', freeBytes: 5, totalBytes: 50 }],
        auditFiles: [{ name: 'file', type: 'file', bytes: 7 }],
        caDatabaseBytes: 9,
      }),
    );
    const text = await exporter.text();
    for (const line of [
      'bootroot_secret_age_days{target="db"} 40',
      'bootroot_secret_policy_days{target="db"} 30',
      'bootroot_remote_item{service="edge",item="eab",status="failed"} 1',
      'bootroot_agent_last_seen_seconds{service="edge",host="edge-1"} 0',
      'bootroot_check_overdue{check="hourly",kind="verify"} 1',
      'bootroot_check_last_run_seconds{check="hourly",kind="verify"} 0',
      'bootroot_clock_skew_seconds{server="step-ca"} 90',
      'bootroot_disk_free_bytes{path="/var"} 5',
      'bootroot_openbao_audit_devices 1',
      'bootroot_openbao_audit_bytes{device="file"} 7',
      'bootroot_stepca_database_bytes 9',
      'bootroot_backup_proved_seconds 0',
      'bootroot_server_up{server="step-ca"} 1',
      'bootroot_operations{state="interrupted"} 0',
    ])
      expect(text).toContain(`${line}\n`);
  });

  it('counts what the CA answers from the first answer on', async () => {
    expect(await series('bootroot_acme_answers_total{stage="order",class="5xx"}')).toEqual([
      'bootroot_acme_answers_total{stage="order",class="5xx"} 0',
    ]);
    acmeMeter.saw({ stage: 'order', status: 503, ms: 40 });
    acmeMeter.saw({ stage: 'order', status: 0, ms: 40 });
    expect(await series('bootroot_acme_answers_total{stage="order"')).toEqual([
      'bootroot_acme_answers_total{stage="order",class="2xx"} 0',
      'bootroot_acme_answers_total{stage="order",class="4xx"} 0',
      'bootroot_acme_answers_total{stage="order",class="5xx"} 1',
      'bootroot_acme_answers_total{stage="order",class="none"} 1',
    ]);
  });
});
