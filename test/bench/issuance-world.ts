import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startResolver } from '../../src-main/dns/resolver.ts';
import { responderClient } from '../../src-main/responder/client.ts';
import { binary } from '../support/binaries.ts';
import { freePort, startChild, untilReady, type TestChild } from '../support/child.ts';
import { startPostgres } from '../support/postgres.ts';
import { startStepCa, type StepCa } from '../support/step-ca.ts';

export const hmac = 'responder secret of a bench';
export const nameOf = (instance: string): string => `${instance}.bench.host.trusted.domain`;

/** What certificates are issued with: a real step-ca on a real PostgreSQL, a resolver, and the built responder as a process of its own. */
export interface IssuanceWorld {
  readonly directory: string;
  readonly stepCa: StepCa;
  /** The port that step-ca calls for HTTP-01. */
  readonly httpPort: number;
  /** Address of the responder's admin listener. */
  readonly responderUrl: string;
  /** Stops the responder, so that somebody else can answer on its port. */
  stopResponder(): Promise<void>;
  stop(): Promise<void>;
}

/** Instances that the resolver knows: `000001` and so on. */
export const instances = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => String(from + index).padStart(6, '0'));

async function startResponder(directory: string, httpPort: number, adminPort: number): Promise<TestChild> {
  const config = join(directory, 'responder.toml');
  const lines = [
    `listen_addr = "127.0.0.1:${String(httpPort)}"`,
    `admin_addr = "127.0.0.1:${String(adminPort)}"`,
    `hmac_secret = "${hmac}"`,
    'admin_rate_limit_requests = 1000000',
  ];
  await writeFile(config, lines.join('\n'), { mode: 0o600 });
  const child = startChild(process.execPath, [resolve('dist/console.cjs'), 'responder', '--config', config]);
  const client = responderClient({ url: `http://127.0.0.1:${String(adminPort)}`, secret: hmac });
  await untilReady(child, () => client.present('ready', 'ready').then(() => true));
  return child;
}

/** @param names how many instances can be ordered for */
export async function startIssuanceWorld(names: number): Promise<IssuanceWorld> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-agent-'));
  const ends: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const end of ends.reverse()) await end();
  };
  try {
    const postgres = await startPostgres({ logStatements: false });
    ends.push(() => postgres.stop());
    const resolver = await startResolver({ names: instances(1, names).map(nameOf) });
    ends.push(() => resolver.stop());
    const [httpPort, adminPort] = [await freePort(), await freePort()];
    const responder = await startResponder(directory, httpPort, adminPort);
    ends.push(() => responder.stop());
    const dataSource = postgres.adminDsn.replace(/\/postgres\?/, '/?');
    const stepCa = await startStepCa({
      binary: await binary('step-ca'),
      httpPort,
      resolver: resolver.address,
      postgres: { dataSource, database: 'stepca' },
    });
    ends.push(() => stepCa.stop());
    const responderUrl = `http://127.0.0.1:${String(adminPort)}`;
    return { directory, stepCa, httpPort, responderUrl, stopResponder: () => responder.stop(), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
