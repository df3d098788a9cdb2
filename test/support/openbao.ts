import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverConfig, type ServerConfig } from '../../src-main/openbao/config.ts';
import { createOpenBao, type InitAnswer, type OpenBao } from '../../src-main/openbao/openbao.ts';
import { binary } from './binaries.ts';
import { freePort, startChild, untilReady, type TestChild } from './child.ts';

export interface TestOpenBao {
  readonly url: string;
  readonly directory: string;
  readonly openbao: OpenBao;
  /** Of its process. */
  pid(): number;
  readonly auditFile: string;
  output(): string;
  /** Initialises, unseals, and waits until the server is active. */
  init(shares?: { shares: number; threshold: number }): Promise<InitAnswer>;
  unseal(keys: readonly string[]): Promise<void>;
  /** Ends the process; its data stay. */
  halt(): Promise<void>;
  /** Starts it again on the same data and address: sealed. */
  resume(): Promise<void>;
  /** Ends it and removes its directory. */
  stop(): Promise<void>;
}

export interface TestOpenBaoOptions {
  /** PEM pair of the listener, and the bundle by which a client trusts it. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string };
  /** Another program, for example of an older version. */
  readonly program?: string;
  /** Of a member of a cluster. Declared audit devices are the cluster's: a node whose file has another path never leads. */
  readonly member?: { readonly nodeId: string; readonly audit: ServerConfig['audit'] };
  /** The recovery endpoints of older servers, which need no token, beside the new ones. */
  readonly legacyRecovery?: boolean;
}

/** Servers have these endpoints off; the product never turns them on. */
const legacyRecovery = `tls_min_version = "tls12"
  disable_unauthed_rekey_endpoints = false
  disable_unauthed_generate_root_endpoints = false`;

/** A real OpenBao of one Raft node on a free port of 127.0.0.1. Not initialised yet. */
export async function startOpenBao(options: TestOpenBaoOptions = {}): Promise<TestOpenBao> {
  const directory = await mkdtemp(join(tmpdir(), 'openbao-'));
  const program = options.program ?? (await binary('openbao'));
  const file = (name: string): string => join(directory, name);
  const audit = options.member?.audit ?? [{ name: 'file', file: file('audit.log') }];
  const auditFile = audit[0]?.file ?? '';
  const listen = `127.0.0.1:${String(await freePort())}`;
  const { tls } = options;
  if (tls !== undefined) {
    await writeFile(file('server.crt'), tls.cert);
    await writeFile(file('server.key'), tls.key, { mode: 0o600 });
  }
  // A name that an unquoted writer of the configuration would trip over.
  const dataDir = file('raft ${0} "store" \\');
  // Older servers do not make it.
  await mkdir(dataDir, { mode: 0o700 });
  const config = serverConfig({
    dataDir,
    nodeId: options.member?.nodeId ?? 'test',
    listen,
    clusterListen: `127.0.0.1:${String(await freePort())}`,
    ...(tls === undefined ? {} : { tls: { certFile: file('server.crt'), keyFile: file('server.key') } }),
    audit,
  });
  await writeFile(
    file('openbao.hcl'),
    options.legacyRecovery === true
      ? config.replace('listener "tcp" {', `listener "tcp" {\n  ${legacyRecovery}`)
      : config,
  );
  const url = `${tls === undefined ? 'http' : 'https'}://${listen}`;
  const openbao = createOpenBao({ url, ...(tls === undefined ? {} : { ca: tls.ca }) });
  let child: TestChild;
  const start = async (): Promise<void> => {
    child = startChild(program, ['server', '-config=openbao.hcl'], { cwd: directory });
    await untilReady(child, async () => (await openbao.sealStatus()) !== undefined);
  };
  const stop = async (): Promise<void> => {
    await child.stop();
    await rm(directory, { recursive: true, force: true });
  };
  await start().catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const unseal = async (keys: readonly string[]): Promise<void> => {
    await openbao.unsealReset();
    for (const key of keys) {
      if ((await openbao.unseal(key)).sealed === false) break;
    }
    await untilReady(child, async () => {
      const { sealed, standby } = await openbao.health();
      return !sealed && !standby;
    });
  };
  return {
    url,
    directory,
    openbao,
    auditFile,
    output: () => child.output(),
    pid: () => child.process.pid ?? 0,
    unseal,
    async init(shares = { shares: 3, threshold: 2 }) {
      const answer = await openbao.init(shares);
      await unseal(answer.keys.slice(0, shares.threshold));
      return answer;
    },
    halt: () => child.stop(),
    resume: start,
    stop,
  };
}
