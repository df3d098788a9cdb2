import { dirname } from 'node:path';
import { ConsoleError } from '../../../shared/errors.ts';
import type { OpenBao, SealStatus } from '../../openbao/openbao.ts';
import { pause } from '../../operations/pause.ts';
import { lastLines } from '../../processes/log-file.ts';
import { whoHolds, type PortHolder } from '../../processes/ports.ts';
import { ProcessSupervisor } from '../../processes/supervisor.ts';
import { redact } from '../../topology/log-lines.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';

const name = 'openbao';
const patienceMs = 60_000;

/** Whoever runs OpenBao of an adopted installation. */
export interface OpenBaoKeeper {
  /** For the servers of the comparison, which the console runs in any case. */
  readonly processes: ProcessSupervisor;
  /** Whether it runs, as far as whoever keeps it can tell. */
  runs(): Promise<boolean>;
  /** Who has its port while it should be free. */
  stranger(): Promise<PortHolder | undefined>;
  /** It answers afterwards, sealed or not. */
  start(program: string, config: string, signal?: AbortSignal): Promise<SealStatus>;
  stop(): Promise<void>;
}

/** Of an address that names none it is the one of its scheme. */
const portOf = ({ url }: OpenBao): number => {
  const { port, protocol } = new URL(url);
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
};

const supervisorOf = ({ run, logs }: WorkspacePaths): ProcessSupervisor =>
  new ProcessSupervisor({ run, logs });

/** A service manager or a container starts and stops it: the operator does, and the operation looks. */
export class ForeignOpenBao implements OpenBaoKeeper {
  readonly processes: ProcessSupervisor;

  readonly #openbao: OpenBao;

  constructor(paths: WorkspacePaths, openbao: OpenBao) {
    this.processes = supervisorOf(paths);
    this.#openbao = openbao;
  }

  runs(): Promise<boolean> {
    return this.#openbao.sealStatus().then(
      () => true,
      () => false,
    );
  }

  async stranger(): Promise<PortHolder | undefined> {
    if (!(await this.runs())) return undefined;
    return (await whoHolds(portOf(this.#openbao))) ?? { transport: 'tcp', process: 'OpenBao' };
  }

  /** @throws `adopt_start_elsewhere` until somebody has started it */
  async start(_program: string, config: string): Promise<SealStatus> {
    const status = await this.#openbao.sealStatus().catch(() => undefined);
    if (status === undefined)
      throw new ConsoleError('adopt_start_elsewhere', { url: this.#openbao.url, config });
    return status;
  }

  /** @throws `adopt_stop_elsewhere` until somebody has stopped it */
  async stop(): Promise<void> {
    if (await this.runs()) throw new ConsoleError('adopt_stop_elsewhere', { url: this.#openbao.url });
  }
}

/** OpenBao of an adopted installation as a process that this console started. */
export class AdoptedOpenBao implements OpenBaoKeeper {
  readonly processes: ProcessSupervisor;

  readonly #openbao: OpenBao;

  constructor(paths: WorkspacePaths, openbao: OpenBao) {
    this.processes = supervisorOf(paths);
    this.#openbao = openbao;
  }

  async runs(): Promise<boolean> {
    return (await this.processes.find(name)) !== undefined;
  }

  /** Who has its port while it is not ours. */
  async stranger(): Promise<PortHolder | undefined> {
    return (await this.runs()) ? undefined : whoHolds(portOf(this.#openbao));
  }

  /** Starts it and waits until it answers, sealed or not. Idempotent. @throws `adopt_server_silent` with its last lines */
  async start(program: string, config: string, signal?: AbortSignal): Promise<SealStatus> {
    await this.processes.start({
      name,
      command: program,
      args: ['server', `-config=${config}`],
      cwd: dirname(config),
      env: { PATH: '/usr/bin:/bin', HOME: dirname(config), LC_ALL: 'C.UTF-8' },
    });
    const end = Date.now() + patienceMs;
    for (;;) {
      const status = await this.#openbao.sealStatus().catch(() => undefined);
      if (status !== undefined) return status;
      if (!(await this.runs()) || Date.now() > end || signal?.aborted === true) {
        const detail = (await lastLines(this.processes.logPath(name), 15)).map(redact).join('\n');
        await this.stop();
        throw new ConsoleError('adopt_server_silent', { program }, { detail });
      }
      await pause(100, signal);
    }
  }

  async stop(): Promise<void> {
    await this.processes.stop(name, { graceMs: 15_000 });
  }
}

/** Gives the shares and waits until the server takes requests. @throws `adopt_shares_few`, `openbao_shares_wrong`, `openbao_share_malformed` */
export async function unsealWith(openbao: OpenBao, shares: readonly string[]): Promise<void> {
  await openbao.unsealReset();
  let sealed = true;
  for (const share of shares) if (sealed) ({ sealed } = await openbao.unseal(share));
  if (sealed) throw new ConsoleError('adopt_shares_few');
  const end = Date.now() + patienceMs;
  for (;;) {
    const health = await openbao.health().catch(() => undefined);
    if (health !== undefined && !health.sealed && !health.standby) return;
    if (Date.now() > end) throw new ConsoleError('adopt_not_serving', { url: openbao.url });
    await pause(100);
  }
}
