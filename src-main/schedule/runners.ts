import { homedir } from 'node:os';
import type { ScheduleRunner } from '../../shared/contract/schedules.ts';
import { renderService, renderTimer, type ServiceUnit } from '../systemd/unit.ts';

export interface SchedulerProgram {
  /** Interpreter and program, absolute. */
  readonly program: readonly string[];
  readonly workDir: string;
  readonly uid: number;
  /** The narrow AppRole of unattended runs, once there is one; a unit gets it from systemd. */
  readonly credential?: { readonly roleIdPath: string; readonly secretIdPath: string } | undefined;
}

const name = 'bootroot-scheduler';
const unitPath = (ending: string): string => `/etc/systemd/system/${name}.${ending}`;

/** A word of a shell command in a crontab, where `%` ends the command. */
const cronWord = (text: string): string => `'${text.replace(/'/g, `'\\''`).replace(/%/g, '\\%')}'`;

/**
 * The scheduler as a unit. It writes nowhere but in the work directory and holds no secret of its own: it signs in with the narrow AppRole,
 * which systemd hands over (systemd.exec(5), `LoadCredential=`), never with a root token.
 */
export const schedulerUnit = (
  { program, workDir, uid, credential }: SchedulerProgram,
  once = false,
): ServiceUnit => ({
  name: `${name}.service`,
  description: `Bootroot Console: schedules of ${workDir}`,
  command: [...program, '--work-dir', workDir, 'scheduler', ...(once ? ['--once'] : [])],
  user: String(uid),
  writable: [workDir],
  // A work directory or an interpreter below a home has to be seen.
  homes: [workDir, ...program].some(
    (path) => /^\/(?:home|root|run\/user)\//.test(path) || path.startsWith(`${homedir()}/`),
  )
    ? 'read-only'
    : 'hidden',
  justInTime: true,
  once,
  ...(credential === undefined
    ? {}
    : { credentials: { role_id: credential.roleIdPath, secret_id: credential.secretIdPath } }),
});

/** A line for the crontab of the work directory's owner: every five minutes what is due, never two at once. */
const cronLine = ({ program, workDir }: SchedulerProgram): string =>
  `*/5 * * * * ${[...program, '--work-dir', workDir, 'scheduler', '--once'].map(cronWord).join(' ')}\n`;

/** The three ways to run the schedules; one of them is enough. */
export const schedulerRunners = (program: SchedulerProgram): ScheduleRunner[] => [
  {
    id: 'unit',
    files: [{ path: unitPath('service'), text: renderService(schedulerUnit(program)) }],
    commands: ['systemctl daemon-reload', `systemctl enable --now ${name}.service`],
  },
  {
    id: 'timer',
    files: [
      { path: unitPath('service'), text: renderService(schedulerUnit(program, true)) },
      {
        path: unitPath('timer'),
        text: renderTimer({
          description: `Bootroot Console: what is due in ${program.workDir}`,
          calendar: '*:0/5',
        }),
      },
    ],
    commands: ['systemctl daemon-reload', `systemctl enable --now ${name}.timer`],
  },
  { id: 'cron', files: [{ path: 'crontab -e', text: cronLine(program) }], commands: [] },
];
