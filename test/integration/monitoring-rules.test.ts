import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentTelemetry } from '../../src-main/agent/telemetry.ts';
import { metricTable } from '../../src-main/monitoring/metric-table.ts';
import { alertRules, ruleGroups } from '../../src-main/monitoring/rules.ts';
import { stackFiles } from '../../src-main/monitoring/stack/files.ts';

const run = promisify(execFile);
const day = 86_400;
const hour = 3600;
/** promtool's clock begins at 0; every scenario is judged half a day later, so that there is a past. */
const now = 12 * hour;
const job = 'job="console", instance="here"';

/** By alert: series that hold all the time (values every five minutes), and labels of what fires. */
const fires: Readonly<Record<string, { series: Record<string, string>; labels?: Record<string, string> }>> = {
  BootrootTargetDown: { series: { [`up{${job}}`]: '0x200' } },
  BootrootServerDown: { series: { [`bootroot_server_up{${job}, server="step-ca"}`]: '0x200' } },
  BootrootDeclaredTargetDown: { series: { [`bootroot_target_up{${job}, target="agent"}`]: '0x200' } },
  BootrootOpenBaoUnreachable: { series: { [`bootroot_openbao_up{${job}}`]: '0x200' } },
  BootrootOpenBaoSealed: { series: { [`bootroot_openbao_sealed{${job}}`]: '1x200' } },
  BootrootConsoleMissing: { series: {} },
  BootrootConsoleBlind: { series: { [`bootroot_console_unreadable{${job}, part="hosts"}`]: '1x200' } },
  BootrootClockSkew: { series: { [`bootroot_clock_skew_seconds{${job}, server="step-ca"}`]: '-90x200' } },
  BootrootCertificateExpired: {
    series: {
      [`bootroot_certificate_not_after_seconds{${job}, name="web", kind="leaf"}`]: `${now - 10}x200`,
    },
  },
  BootrootRenewalOverdue: {
    series: { [`bootroot_renewal_due_seconds{${job}, name="web"}`]: `${now - 2 * hour}x200` },
  },
  BootrootLeafExpiring: {
    series: {
      [`bootroot_certificate_not_after_seconds{${job}, name="web", kind="leaf"}`]: `${now + hour}x200`,
      [`bootroot_leaf_lifetime_seconds{${job}}`]: `${day}x200`,
    },
  },
  BootrootCaExpiring: {
    series: {
      [`bootroot_certificate_not_after_seconds{${job}, name="ca", kind="ca"}`]: `${now + 60 * day}x200`,
    },
  },
  BootrootCaHorizon: {
    series: { [`bootroot_ca_horizon_seconds{${job}, name="ca"}`]: `${now + day}x200` },
  },
  BootrootServerCertificateExpiring: {
    series: {
      [`bootroot_certificate_not_after_seconds{${job}, name="openbao", kind="server"}`]: `${now + hour}x200`,
    },
  },
  BootrootCredentialExpiring: {
    series: {
      [`bootroot_credential_expires_seconds{${job}, id="x", kind="secret_id", name="web"}`]: `${now + 6 * hour}x200`,
    },
  },
  BootrootDeliveryExpiring: {
    series: {
      [`bootroot_credential_expires_seconds{${job}, id="x", kind="delivery", name="web"}`]: `${now + hour}x200`,
    },
  },
  BootrootRotationDue: {
    series: {
      [`bootroot_secret_age_days{${job}, target="db"}`]: '40x200',
      [`bootroot_secret_policy_days{${job}, target="db"}`]: '30x200',
    },
  },
  BootrootRotationOverdue: {
    series: {
      [`bootroot_secret_age_days{${job}, target="db"}`]: '70x200',
      [`bootroot_secret_policy_days{${job}, target="db"}`]: '30x200',
    },
  },
  BootrootAgentSilent: {
    series: {
      [`bootroot_agent_last_seen_seconds{${job}, service="web", host="h"}`]: `${now - 8 * hour}x200`,
    },
  },
  BootrootAgentHangs: {
    series: { [`bootroot_agent_last_check_seconds{${job}, name="web"}`]: `${now - 5 * hour}x200` },
  },
  BootrootAgentFails: {
    series: { [`bootroot_agent_checks_total{${job}, name="web", outcome="failed"}`]: '0+1x200' },
  },
  BootrootAgentConfigRefused: {
    series: { [`bootroot_agent_config_last_reload_successful{${job}}`]: '0x200' },
  },
  BootrootRemoteItemFailed: {
    series: { [`bootroot_remote_item{${job}, service="web", item="eab", status="expired"}`]: '1x200' },
  },
  BootrootAcmeErrors: {
    series: { [`bootroot_acme_answers_total{${job}, stage="order", class="5xx"}`]: '0+3x200' },
  },
  BootrootOperationStuck: { series: { [`bootroot_operations{${job}, state="interrupted"}`]: '1x200' } },
  BootrootCheckOverdue: {
    series: { [`bootroot_check_overdue{${job}, check="services", kind="verify"}`]: '1x200' },
  },
  BootrootCheckFailed: {
    series: { [`bootroot_check_passed{${job}, check="services", kind="verify"}`]: '0x200' },
  },
  BootrootAuditDiskLow: {
    series: {
      [`bootroot_disk_free_bytes{${job}, path="/a"}`]: '10x200',
      [`bootroot_disk_size_bytes{${job}, path="/a"}`]: '100x200',
    },
  },
  BootrootAuditDiskFull: {
    series: {
      [`bootroot_disk_free_bytes{${job}, path="/a"}`]: '1x200',
      [`bootroot_disk_size_bytes{${job}, path="/a"}`]: '100x200',
    },
  },
  BootrootAuditDiskFilling: { series: { [`bootroot_disk_free_bytes{${job}, path="/a"}`]: '100000-100x200' } },
  BootrootAuditDiskForecast: {
    series: { [`bootroot_disk_full_at_seconds{${job}, path="/a"}`]: `${now + 5 * day}x200` },
  },
  BootrootAuditFileLarge: {
    series: { [`bootroot_openbao_audit_bytes{${job}, device="file"}`]: `${2 ** 31}x200` },
  },
  BootrootCaDatabaseLarge: { series: { [`bootroot_stepca_database_bytes{${job}}`]: `${2 ** 32}x200` } },
  BootrootAuditDevicesFew: { series: { [`bootroot_openbao_audit_devices{${job}}`]: '1x200' } },
  BootrootBackupNotProved: { series: { [`bootroot_backup_proved_seconds{${job}}`]: `${now - 8 * day}x200` } },
  BootrootAuditLogBroken: { series: { [`bootroot_console_audit_log_intact{${job}}`]: '0x200' } },
};

/** An installation of which nothing needs anybody. */
const healthy: Record<string, string> = {
  [`up{${job}}`]: '1x200',
  [`bootroot_console_info{${job}}`]: '1x200',
  [`bootroot_server_up{${job}, server="step-ca"}`]: '1x200',
  [`bootroot_openbao_up{${job}}`]: '1x200',
  [`bootroot_openbao_sealed{${job}}`]: '0x200',
  [`bootroot_openbao_audit_devices{${job}}`]: '2x200',
  [`bootroot_certificate_not_after_seconds{${job}, name="web", kind="leaf"}`]: `${now + 20 * hour}x200`,
  [`bootroot_renewal_due_seconds{${job}, name="web"}`]: `${now + 12 * hour}x200`,
  [`bootroot_leaf_lifetime_seconds{${job}}`]: `${day}x200`,
  [`bootroot_certificate_not_after_seconds{${job}, name="ca", kind="ca"}`]: `${now + 900 * day}x200`,
  [`bootroot_ca_horizon_seconds{${job}, name="ca"}`]: `${now + 899 * day}x200`,
  [`bootroot_secret_age_days{${job}, target="db"}`]: '3x200',
  [`bootroot_secret_policy_days{${job}, target="db"}`]: '30x200',
  [`bootroot_credential_expires_seconds{${job}, id="x", kind="secret_id", name="web"}`]: `${now + 20 * hour}x200`,
  [`bootroot_acme_answers_total{${job}, stage="order", class="5xx"}`]: '0x200',
  [`bootroot_agent_last_seen_seconds{${job}, service="web", host="h"}`]: `${now - hour}x200`,
  [`bootroot_remote_item{${job}, service="web", item="eab", status="applied"}`]: '1x200',
  [`bootroot_check_passed{${job}, check="services", kind="verify"}`]: '1x200',
  [`bootroot_check_overdue{${job}, check="services", kind="verify"}`]: '0x200',
  [`bootroot_disk_free_bytes{${job}, path="/a"}`]: '50x200',
  [`bootroot_disk_size_bytes{${job}, path="/a"}`]: '100x200',
  [`bootroot_backup_proved_seconds{${job}}`]: `${now - day}x200`,
  [`bootroot_clock_skew_seconds{${job}, server="step-ca"}`]: '1x200',
  [`bootroot_operations{${job}, state="interrupted"}`]: '0x200',
  [`bootroot_console_audit_log_intact{${job}}`]: '1x200',
};

const names = ruleGroups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
const series = (of: Record<string, string>) =>
  Object.entries(of).map(([name, values]) => ({ series: name, values }));
const minutes = `${now / 60}m`;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rules-'));
  await writeFile(join(directory, 'rules.yml'), alertRules);
});
afterAll(() => rm(directory, { recursive: true }));

/** promtool counts; the text of its complaint is the assertion's. */
async function promtool(...args: string[]): Promise<string> {
  try {
    return (await run('promtool', args, { cwd: directory })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return `${stdout}${stderr}`;
  }
}

describe('the alert rules', () => {
  it('are the file that operators copy, and promtool accepts them', async () => {
    const file = new URL('../../assets/monitoring/prometheus/bootroot.rules.yml', import.meta.url);
    expect(await readFile(file, 'utf8')).toBe(alertRules);
    expect(await promtool('check', 'rules', 'rules.yml')).toContain(`SUCCESS: ${names.length} rules found`);
  });

  it('are named by a configuration of Prometheus that it takes', async () => {
    const files = stackFiles({
      profile: 'lan',
      instance: 'a',
      exporter: 'host.docker.internal:9464',
      uid: 1,
      gid: 1,
      grafanaPort: 3000,
      prometheusPort: 9090,
    });
    for (const [name, text] of files)
      if (name.startsWith('prometheus/')) await writeFile(join(directory, name.slice(11)), text);
    await writeFile(join(directory, 'token'), 'x');
    expect(await promtool('check', 'config', 'prometheus.yml')).toContain('prometheus.yml is valid');
  });

  it('ask for nothing that the console and its agents do not export', () => {
    const agents = new AgentTelemetry(Date.now).registry.getMetricsAsArray().map(({ name }) => name);
    const own = ['bootroot_console_info', 'bootroot_acme_answers_total'];
    const known = new Set([...metricTable.map(({ name }) => name), ...agents, ...own]);
    const asked = ruleGroups.flatMap(({ rules }) =>
      rules.flatMap(({ expr }) => expr.match(/bootroot_\w+/g) ?? []),
    );
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
  });

  it('each fires in its own case, and none where all is well', async () => {
    expect(Object.keys(fires).sort()).toEqual([...names].sort());
    const test = (of: Record<string, string>, alerts: readonly string[]) => ({
      interval: '5m',
      input_series: series(of),
      promql_expr_test: alerts.map((alertname) => ({
        expr: `count(ALERTS{alertname="${alertname}", alertstate="firing"}) > bool 0`,
        eval_time: minutes,
        exp_samples: [{ labels: '{}', value: 1 }],
      })),
    });
    const quiet = {
      interval: '5m',
      input_series: series(healthy),
      promql_expr_test: [{ expr: 'count(ALERTS)', eval_time: minutes, exp_samples: [] }],
    };
    const tests = [quiet, ...Object.entries(fires).map(([alert, { series: of }]) => test(of, [alert]))];
    const file = { rule_files: ['rules.yml'], evaluation_interval: '30m', tests };
    await writeFile(join(directory, 'test.yml'), JSON.stringify(file));
    expect(await promtool('test', 'rules', 'test.yml')).toMatch(/SUCCESS\s*$/);
  });
});
