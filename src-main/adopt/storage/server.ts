import { dirname } from 'node:path';
import { ConsoleError } from '../../../shared/errors.ts';
import { createOpenBao, type OpenBao, type SealStatus } from '../../openbao/openbao.ts';
import { pause } from '../../operations/pause.ts';
import { lastLines } from '../../processes/log-file.ts';
import { whoHolds, type PortHolder } from '../../processes/ports.ts';
import { ProcessSupervisor } from '../../processes/supervisor.ts';
import { redact } from '../../topology/log-lines.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';

const name = 'openbao';
const patienceMs = 60_000;

/** OpenBao of an adopted installation as a process that this console started. */
export class AdoptedOpenBao {
  readonly processes: ProcessSupervisor;

  constructor(paths: WorkspacePaths) {
    this.processes = new ProcessSupervisor({ run: paths.run, logs: paths.logs });
  }

  async isOurs(): Promise<boolean> {
    return (await this.processes.find(name)) !== undefined;
  }

  /** Who has its port while it is not ours. */
  async stranger(url: URL): Promise<PortHolder | undefined> {
    return (await this.isOurs()) ? undefined : whoHolds(Number(url.port));
  }

  /** Starts it and waits until it answers, sealed or not. Idempotent. @throws `adopt_server_silent` with its last lines */
  async start(program: string, config: string, url: string, signal?: AbortSignal): Promise<SealStatus> {
    await this.processes.start({
      name,
      command: program,
      args: ['server', `-config=${config}`],
      cwd: dirname(config),
      env: { PATH: '/usr/bin:/bin', HOME: dirname(config), LC_ALL: 'C.UTF-8' },
    });
    const openbao = createOpenBao({ url });
    const end = Date.now() + patienceMs;
    for (;;) {
      const status = await openbao.sealStatus().catch(() => undefined);
      if (status !== undefined) return status;
      if (!(await this.isOurs()) || Date.now() > end || signal?.aborted === true) {
        const detail = (await lastLines(this.processes.logPath(name), 15)).map(redact).join('\n');
        await this.stop();
        throw new ConsoleError('adopt_server_silent', { program }, { detail });
      }
      await pause(100, signal);
    }
  }

  stop(): Promise<boolean> {
    return this.processes.stop(name, { graceMs: 15_000 });
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
