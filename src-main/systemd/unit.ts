/** A service unit as this console writes it. Paths are absolute. */
export interface ServiceUnit {
  /** With its ending, for example `bootroot-responder.service`. */
  readonly name: string;
  readonly description: string;
  /** Program and its words. */
  readonly command: readonly string[];
  /** Numeric or by name; root unless given. */
  readonly user?: string;
  readonly group?: string;
  readonly workingDirectory?: string;
  /** What it may write; everything else is read-only to it. */
  readonly writable: readonly string[];
  /** Home directories are hidden unless one of its paths lies in them. */
  readonly homes?: 'hidden' | 'read-only';
  /** May listen on ports below 1024. */
  readonly lowPorts?: boolean;
  /** Locks its memory, so that no secret is written to swap. */
  readonly locksMemory?: boolean;
  /** SIGHUP makes it read its configuration again. */
  readonly reloads?: boolean;
  /** Runs to its end when it is asked to, by a timer; goes on for ever otherwise. */
  readonly once?: boolean;
  /** Node and the Go programs differ: V8 writes code into memory. */
  readonly justInTime?: boolean;
  /** How it is asked to end, and how long that may take before it is killed. */
  readonly stop?: { readonly signal: 'SIGTERM' | 'SIGINT'; readonly graceSeconds: number };
  /** Other units that it starts after. */
  readonly after?: readonly string[];
  /** Sockets that systemd hands over. */
  readonly socket?: string;
  /** Values of variables are no secrets: everybody on the host may read a unit. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Files that systemd reads as root at the start and hands over in `$CREDENTIALS_DIRECTORY`, by name. The unit does not start without. */
  readonly credentials?: Readonly<Record<string, string>>;
}

/** A word of a systemd command line (systemd.service(5), "Command lines"). */
export const systemdWord = (text: string): string =>
  `"${text.replace(/[\\"]/g, '\\$&').replace(/%/g, '%%').replace(/\$/g, '$$$$')}"`;

/** A path in a list of paths (systemd.syntax(7), "Quoting"). */
const systemdPath = (text: string): string =>
  /^[\w./@+-]+$/.test(text) ? text : `"${text.replace(/[\\"]/g, '\\$&').replace(/%/g, '%%')}"`;

const escaped = (text: string): string => text.replace(/%/g, '%%').replace(/[\r\n]/g, ' ');

function hardening({ writable, homes = 'hidden', lowPorts, locksMemory, justInTime }: ServiceUnit): string[] {
  const capabilities = [
    ...(lowPorts === true ? ['CAP_NET_BIND_SERVICE'] : []),
    ...(locksMemory === true ? ['CAP_IPC_LOCK'] : []),
  ].join(' ');
  return [
    'UMask=0077',
    'NoNewPrivileges=yes',
    `CapabilityBoundingSet=${capabilities}`,
    `AmbientCapabilities=${capabilities}`,
    'ProtectSystem=strict',
    `ProtectHome=${homes === 'hidden' ? 'yes' : 'read-only'}`,
    ...(writable.length === 0 ? [] : [`ReadWritePaths=${writable.map(systemdPath).join(' ')}`]),
    'PrivateTmp=yes',
    'PrivateDevices=yes',
    'ProtectHostname=yes',
    'ProtectClock=yes',
    'ProtectKernelTunables=yes',
    'ProtectKernelModules=yes',
    'ProtectKernelLogs=yes',
    'ProtectControlGroups=yes',
    'ProtectProc=invisible',
    'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6',
    'RestrictNamespaces=yes',
    'RestrictRealtime=yes',
    'RestrictSUIDSGID=yes',
    'LockPersonality=yes',
    ...(justInTime === true ? [] : ['MemoryDenyWriteExecute=yes']),
    'RemoveIPC=yes',
    'SystemCallArchitectures=native',
    'SystemCallFilter=@system-service',
    `SystemCallFilter=~@privileged @resources${locksMemory === true ? '' : ' @memlock'}`,
    'SystemCallErrorNumber=EPERM',
  ];
}

/**
 * The unit as text: starts with the host, after the network, again after a failure, and may do no more than it needs
 * (systemd.exec(5)).
 */
export function renderService(unit: ServiceUnit): string {
  const { after = [], socket, environment = {}, credentials = {}, once = false, stop } = unit;
  const lines = [
    '[Unit]',
    `Description=${escaped(unit.description)}`,
    'Wants=network-online.target',
    `After=${['network-online.target', ...after].join(' ')}`,
    ...(after.length === 0 ? [] : [`Wants=${after.join(' ')}`]),
    ...(socket === undefined ? [] : [`Requires=${socket}`]),
    ...(once ? [] : ['StartLimitIntervalSec=0']),
    '',
    '[Service]',
    `Type=${once ? 'oneshot' : 'exec'}`,
    ...(unit.user === undefined ? [] : [`User=${unit.user}`]),
    ...(unit.group === undefined ? [] : [`Group=${unit.group}`]),
    ...(unit.workingDirectory === undefined
      ? []
      : [`WorkingDirectory=${unit.workingDirectory.replace(/%/g, '%%')}`]),
    ...Object.entries(environment).map(([name, value]) => `Environment=${systemdWord(`${name}=${value}`)}`),
    ...Object.entries(credentials).map(
      ([name, path]) => `LoadCredential=${name}:${path.replace(/%/g, '%%')}`,
    ),
    `ExecStart=${unit.command.map(systemdWord).join(' ')}`,
    ...(unit.reloads === true ? ['ExecReload=/bin/kill -HUP $MAINPID'] : []),
    // Programs that write to a journal that is gone end by SIGPIPE, which systemd takes for a wish (systemd.service(5)).
    ...(once ? [] : ['Restart=on-failure', 'RestartForceExitStatus=SIGPIPE', 'RestartSec=5']),
    ...(stop === undefined
      ? []
      : ['KillMode=mixed', `KillSignal=${stop.signal}`, `TimeoutStopSec=${stop.graceSeconds}`]),
    ...hardening(unit),
    // A timer starts what runs to its end; it has no place in the start of the host itself.
    ...(once ? [] : ['', '[Install]', 'WantedBy=multi-user.target']),
  ];
  return `${lines.join('\n')}\n`;
}

export interface TimerUnit {
  readonly description: string;
  /** systemd.time(7), "Calendar events". */
  readonly calendar: string;
}

/** A timer for the service of the same name. What was missed while the host was off runs once when it is back. */
export const renderTimer = ({ description, calendar }: TimerUnit): string => `[Unit]
Description=${escaped(description)}

[Timer]
OnCalendar=${calendar}
Persistent=yes
AccuracySec=10s

[Install]
WantedBy=timers.target
`;

export interface SocketUnit {
  readonly description: string;
  /** `host:port`. */
  readonly address: string;
  /** Under which its descriptor is handed over. */
  readonly name: string;
  readonly service: string;
}

/** One socket for the service of this name: bound by systemd, so that the service needs no right to low ports. */
export const renderSocket = ({ description, address, name, service }: SocketUnit): string => `[Unit]
Description=${escaped(description)}

[Socket]
ListenStream=${address}
FileDescriptorName=${name}
Service=${service}

[Install]
WantedBy=sockets.target
`;
