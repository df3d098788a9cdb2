import { randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConsoleError } from '../../../shared/errors.ts';
import { hclFile } from '../../openbao/hcl.ts';
import { createOpenBao, type OpenBaoClient } from '../../openbao/openbao.ts';
import { pause } from '../../operations/pause.ts';
import { lastLines } from '../../processes/log-file.ts';
import { freePort } from '../../processes/ports.ts';
import type { ProcessSupervisor } from '../../processes/supervisor.ts';
import { redact } from '../../topology/log-lines.ts';
import { unsealWith } from './server.ts';

const patienceMs = 60_000;
const somePort = (): Promise<number> => freePort(randomInt(20_000, 32_000));

/** A server that nobody but this operation talks to. */
export interface PrivateServer {
  /** Also the name of its note: one that a dead console left is found by it and ended. */
  readonly name: 'adopt-before' | 'adopt-after';
  readonly program: string;
  readonly directory: string;
  readonly storage: { readonly type: 'file' | 'raft'; readonly path: string; readonly nodeId?: string };
  /** Raft: URL under which the node knows itself. */
  readonly clusterUrl: string;
}

async function until(
  what: PrivateServer,
  processes: ProcessSupervisor,
  ready: () => Promise<boolean>,
): Promise<void> {
  const end = Date.now() + patienceMs;
  while (!(await ready().catch(() => false))) {
    const gone = (await processes.find(what.name)) === undefined;
    if (gone || Date.now() > end)
      throw new ConsoleError(
        'adopt_server_silent',
        { program: what.program },
        { detail: (await lastLines(processes.logPath(what.name), 15)).map(redact).join('\n') },
      );
    await pause(100);
  }
}

/**
 * Runs OpenBao on loopback on a storage, unsealed, and hands a root token to `job` that the shares made and that is revoked
 * afterwards. The listener allows that for these seconds; the installation's own never does.
 * @throws `adopt_server_silent`, `adopt_shares_few`, `openbao_shares_wrong`, `openbao_share_malformed`, and what `job` throws
 */
export async function withPrivateServer<T>(
  what: PrivateServer,
  processes: ProcessSupervisor,
  shares: readonly string[],
  job: (client: OpenBaoClient) => Promise<T>,
): Promise<T> {
  await processes.stop(what.name, { graceMs: 10_000 });
  const listen = `127.0.0.1:${await somePort()}`;
  const { type, path, nodeId } = what.storage;
  const config = join(what.directory, `${what.name}.hcl`);
  const raft = type === 'raft' ? { node_id: nodeId, performance_multiplier: 1 } : {};
  const text = hclFile({ api_addr: `http://${listen}`, cluster_addr: what.clusterUrl }, [
    { type: 'storage', labels: [type], attributes: { path, ...raft } },
    {
      type: 'listener',
      labels: ['tcp'],
      attributes: {
        address: listen,
        cluster_address: `127.0.0.1:${await somePort()}`,
        tls_disable: true,
        disable_unauthed_generate_root_endpoints: false,
      },
    },
  ]);
  await writeFile(config, text, { mode: 0o600 });
  await processes.start({
    name: what.name,
    command: what.program,
    args: ['server', `-config=${config}`],
    cwd: what.directory,
    env: { PATH: '/usr/bin:/bin', HOME: what.directory },
  });
  try {
    const openbao = createOpenBao({ url: `http://${listen}` });
    await until(what, processes, async () => (await openbao.sealStatus()).initialised);
    await unsealWith(openbao, shares);
    const generation = openbao.unauthedRootGeneration();
    await generation.cancel();
    const client = openbao.withToken(await generation.generate(shares, async () => undefined));
    try {
      return await job(client);
    } finally {
      await client.token.revokeSelf();
    }
  } finally {
    await processes.stop(what.name, { graceMs: 15_000 });
  }
}
