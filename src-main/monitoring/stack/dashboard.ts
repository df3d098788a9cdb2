/** Panels of the dashboard that Grafana is given: title, query, unit of Grafana, how a series is called. */
const panels = [
  ['OpenBao sealed', 'bootroot_openbao_sealed', 'bool_yes_no', 'sealed'],
  ['Servers up', 'bootroot_server_up', 'bool_on_off', '{{server}}'],
  ['Days left by certificate', 'sort(bootroot_certificate_days_left)', 'd', '{{kind}} {{name}}'],
  ['Renewal due in', 'bootroot_renewal_due_seconds - time()', 's', '{{name}}'],
  ['Credentials end in', 'bootroot_credential_expires_seconds - time()', 's', '{{kind}} {{name}}'],
  ['Age of secrets', 'bootroot_secret_age_days', 'd', '{{target}}'],
  ['Services by proved rung', 'sum by (rung) (bootroot_evidence_proved)', 'short', '{{rung}}'],
  ['Checks passed', 'bootroot_check_passed', 'bool_yes_no', '{{check}}'],
  [
    'Certificates issued an hour',
    'sum(changes(bootroot_certificate_not_after_seconds{kind="leaf"}[1h]))',
    'short',
    'issued',
  ],
  [
    'ACME answers',
    'sum by (stage, class) (rate(bootroot_acme_answers_total[5m]))',
    'reqps',
    '{{stage}} {{class}}',
  ],
  [
    'ACME latency (95 %)',
    'histogram_quantile(0.95, sum by (le, stage) (rate(bootroot_acme_answer_seconds_bucket[5m])))',
    's',
    '{{stage}}',
  ],
  ['Operations', 'bootroot_operations', 'short', '{{state}}'],
  [
    'Remote items that are not applied',
    'bootroot_remote_item{status=~"pending|failed|expired"}',
    'short',
    '{{service}} {{item}} {{status}}',
  ],
  ['Agents: last report', 'time() - bootroot_agent_last_seen_seconds', 's', '{{service}} {{host}}'],
  ['Disk of the audit log', 'bootroot_disk_free_bytes / bootroot_disk_size_bytes', 'percentunit', '{{path}}'],
  ['Clock skew', 'bootroot_clock_skew_seconds', 's', '{{server}}'],
] as const;

export const datasourceUid = 'bootroot-prometheus';

/** The dashboard as Grafana imports it (schema version 39). */
export function dashboard(): unknown {
  const datasource = { type: 'prometheus', uid: datasourceUid };
  return {
    uid: 'bootroot-overview',
    title: 'Bootroot',
    tags: ['bootroot'],
    schemaVersion: 39,
    editable: false,
    refresh: '1m',
    time: { from: 'now-24h', to: 'now' },
    timezone: 'browser',
    panels: panels.map(([title, expr, unit, legendFormat], index) => ({
      id: index + 1,
      type: 'timeseries',
      title,
      datasource,
      gridPos: { x: (index % 2) * 12, y: Math.floor(index / 2) * 8, w: 12, h: 8 },
      fieldConfig: { defaults: { unit }, overrides: [] },
      options: { legend: { displayMode: 'list', placement: 'bottom' } },
      targets: [{ refId: 'A', expr, legendFormat, datasource }],
    })),
  };
}
