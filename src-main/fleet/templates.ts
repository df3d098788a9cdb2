/** What a job on a service host is made of. Paths are of that host. */
export interface JobFacts {
  readonly id: string;
  /** Directory of the service's files there. */
  readonly directory: string;
  readonly artifact: string;
}

const program = '/usr/local/bin/bootroot-console';

/** A word of a unit file: systemd expands `%`, and splits at spaces unless quoted. */
const unitWord = (text: string): string => {
  const escaped = text.replaceAll('%', '%%');
  return /^[A-Za-z0-9_./:@%+=,-]+$/.test(escaped)
    ? escaped
    : `"${escaped.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('$', '$$$$')}"`;
};
/** A word of a cron line: the shell's quotes, and `%` ends the command unless escaped. */
const cronWord = (text: string): string =>
  (/^[A-Za-z0-9_./:@+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`).replaceAll('%', '\\%');

const words = ({ id, directory, artifact }: JobFacts): readonly string[] => [
  '/usr/bin/flock',
  '-n',
  `/var/lock/bootroot-remote-${id}.lock`,
  program,
  'remote',
  'sync',
  '--artifact',
  artifact,
  '--summary-json',
  `${directory}/${id}-remote-summary.json`,
  '--retry-attempts',
  '5',
  '--retry-backoff-secs',
  '10',
  '--retry-jitter-secs',
  '20',
];

/** Service, timer and cron line: one job, one lock and one summary for each service (formats.md, the seed's "remote sync"). */
export function jobTemplates(
  facts: JobFacts,
): readonly { readonly name: string; readonly path: string; readonly text: string }[] {
  const unit = `bootroot-remote-sync-${facts.id}`;
  const service = `[Unit]
Description=Take over what OpenBao holds for ${facts.id.replaceAll('%', '%%')}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
UMask=0077
ExecStart=${words(facts).map(unitWord).join(' ')}
# 4: applied, but the console could not be told.
SuccessExitStatus=4
NoNewPrivileges=yes
PrivateTmp=yes
ProtectHome=yes
`;
  const timer = `[Unit]
Description=Repeat ${unit}.service

[Timer]
OnBootSec=1min
OnUnitActiveSec=5min
RandomizedDelaySec=60
Persistent=true

[Install]
WantedBy=timers.target
`;
  return [
    { name: 'service', path: `/etc/systemd/system/${unit}.service`, text: service },
    { name: 'timer', path: `/etc/systemd/system/${unit}.timer`, text: timer },
    {
      name: 'cron',
      path: `/etc/cron.d/${unit}`,
      text: `*/5 * * * * root ${words(facts).map(cronWord).join(' ')}\n`,
    },
  ];
}
