import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { ConsoleError } from '../../shared/errors.ts';
import { errno } from '../workspace/file-failure.ts';

/** A unit as systemd has it now. Unix milliseconds. */
export interface UnitState {
  /** `not-found` when there is no such unit, `loaded` when there is. */
  readonly load: string;
  /** `active`, `activating`, `inactive`, `failed` … (systemd.unit(5)). */
  readonly active: string;
  /** More exactly: `running`, `auto-restart` … */
  readonly sub: string;
  /** 0: none runs. */
  readonly pid: number;
  readonly startedAt?: number;
  /** How its last run ended: `exit 1`, `signal 9`. */
  readonly ended?: string;
  /** How often systemd has started it again by itself. */
  readonly restarts: number;
  /** `enabled`: it starts with the host. */
  readonly file: string;
}

const properties = [
  ...['Id', 'LoadState', 'ActiveState', 'SubState', 'MainPID', 'NRestarts', 'UnitFileState'],
  ...['ExecMainStartTimestampMonotonic', 'ExecMainCode', 'ExecMainStatus'],
];

/** Node's monotonic clock is systemd's (CLOCK_MONOTONIC). */
const wallOf = (monotonicMicroseconds: number): number =>
  Math.round(Date.now() - (Number(process.hrtime.bigint()) / 1e6 - monotonicMicroseconds / 1_000));

function stateOf(fields: ReadonlyMap<string, string>): UnitState {
  const number = (name: string): number => Number(fields.get(name) ?? 0) || 0;
  const started = number('ExecMainStartTimestampMonotonic');
  // CLD_EXITED is 1, CLD_KILLED and CLD_DUMPED are 2 and 3 (sigaction(2)).
  const code = number('ExecMainCode');
  const how = code === 1 ? 'exit' : 'signal';
  return {
    load: fields.get('LoadState') ?? 'not-found',
    active: fields.get('ActiveState') ?? 'inactive',
    sub: fields.get('SubState') ?? 'dead',
    pid: number('MainPID'),
    restarts: number('NRestarts'),
    file: fields.get('UnitFileState') ?? '',
    ...(started === 0 ? {} : { startedAt: wallOf(started) }),
    ...(code === 0 ? {} : { ended: `${how} ${number('ExecMainStatus')}` }),
  };
}

/** What `systemctl show` answers of several units: blocks of `Name=value`. By the unit's name. */
export function parseStates(text: string): ReadonlyMap<string, UnitState> {
  const states = new Map<string, UnitState>();
  for (const block of text.split(/\n\s*\n/)) {
    const fields = new Map<string, string>();
    for (const line of block.split('\n')) {
      const at = line.indexOf('=');
      if (at > 0) fields.set(line.slice(0, at), line.slice(at + 1));
    }
    const id = fields.get('Id');
    if (id !== undefined) states.set(id, stateOf(fields));
  }
  return states;
}

/** Whether this host was started by systemd (sd_booted(3)). */
export const systemdRuns = (): Promise<boolean> =>
  access('/run/systemd/system').then(
    () => true,
    () => false,
  );

/** Standard output and what was said beside it; never throws for an exit code. */
export function said(
  program: 'systemctl' | 'systemd-analyze' | 'journalctl',
  args: readonly string[],
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const env = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    LC_ALL: 'C',
    SYSTEMD_PAGER: '',
    SYSTEMD_COLORS: '0',
  };
  return new Promise((resolve, reject) => {
    execFile(program, [...args], { env, maxBuffer: 1 << 26, timeout: 120_000 }, (error, stdout, stderr) => {
      if (error !== null && errno(error) === 'ENOENT')
        reject(new ConsoleError('systemd_no_program', { program }, { cause: error }));
      else
        resolve({
          code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1,
          stdout,
          stderr,
        });
    });
  });
}

/** Throws `systemd_refused` with what it said, `systemd_no_program`. */
async function systemctl(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await said('systemctl', args);
  if (code === 0) return stdout;
  const [command = '', unit = ''] = args.filter((word) => !word.startsWith('-'));
  const detail = stderr.trim().slice(-2_000);
  throw new ConsoleError('systemd_refused', { command: `systemctl ${command}`, unit }, { detail });
}

/** How long one answer about the units is believed, milliseconds: a list of servers asks of each. */
const freshMs = 300;

/** The system's manager, asked by its command. Every call throws `systemd_refused` and `systemd_no_program`. */
export class Systemctl {
  #states: { readonly names: string; readonly at: number; readonly answer: Promise<string> } | undefined;

  /** The states of these units, one process for all of them. */
  async states(names: readonly string[]): Promise<ReadonlyMap<string, UnitState>> {
    const key = names.join(' ');
    if (this.#states === undefined || this.#states.names !== key || Date.now() - this.#states.at > freshMs) {
      const answer = systemctl(['show', `--property=${properties.join(',')}`, '--', ...names]);
      this.#states = { names: key, at: Date.now(), answer };
    }
    return parseStates(await this.#states.answer);
  }

  async #change(args: readonly string[]): Promise<void> {
    try {
      await systemctl(args);
    } finally {
      this.#states = undefined;
    }
  }

  /** Reads all unit files again. */
  readUnits(): Promise<void> {
    return this.#change(['daemon-reload']);
  }

  /** Also of a unit that was given up after many failures. */
  async start(unit: string): Promise<void> {
    await said('systemctl', ['reset-failed', '--', unit]);
    await this.#change(['start', '--', unit]);
  }

  /** Waits until it is gone. */
  stop(unit: string): Promise<void> {
    return this.#change(['stop', '--', unit]);
  }

  signal(unit: string, signal: 'SIGHUP'): Promise<void> {
    return this.#change(['kill', '--kill-who=main', `--signal=${signal}`, '--', unit]);
  }

  /** From now on they start with the host. */
  enable(units: readonly string[]): Promise<void> {
    return this.#change(['enable', '--quiet', '--', ...units]);
  }

  disable(units: readonly string[]): Promise<void> {
    return this.#change(['disable', '--quiet', '--', ...units]);
  }
}
