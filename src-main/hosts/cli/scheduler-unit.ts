export interface SchedulerProgram {
  /** Interpreter and program, absolute. */
  readonly program: readonly string[];
  readonly workDir: string;
  readonly uid: number;
}

/** A word of a systemd command line (systemd.service(5), "Command lines"). */
const systemdWord = (text: string): string =>
  `"${text.replace(/[\\"]/g, '\\$&').replace(/%/g, '%%').replace(/\$/g, '$$$$')}"`;

/** A word of a shell command in a crontab, where `%` ends the command. */
const cronWord = (text: string): string => `'${text.replace(/'/g, `'\\''`).replace(/%/g, '\\%')}'`;

/**
 * A hardened unit that runs the schedules for as long as the host is up. It writes nowhere but in the work directory and holds no secret
 * of its own: the console signs in with the AppRole that is kept there, never with a root token.
 */
export function schedulerUnit({ program, workDir, uid }: SchedulerProgram): string {
  const command = [...program, '--work-dir', workDir, 'scheduler'].map(systemdWord).join(' ');
  return `[Unit]
Description=Bootroot Console: schedules of ${workDir.replace(/%/g, '%%')}
Wants=network-online.target
After=network-online.target

[Service]
User=${uid}
ExecStart=${command}
Restart=on-failure
RestartSec=10
UMask=0077
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths=${systemdWord(workDir)}
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
RestrictSUIDSGID=yes
RestrictRealtime=yes
LockPersonality=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
SystemCallArchitectures=native

[Install]
WantedBy=multi-user.target`;
}

/** A line for the crontab of the work directory's owner: every five minutes what is due, never two at once. */
export const schedulerCron = ({ program, workDir }: SchedulerProgram): string =>
  `*/5 * * * * ${[...program, '--work-dir', workDir, 'scheduler', '--once'].map(cronWord).join(' ')}`;
