import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encryptKey } from '../../src-main/x509/keys.ts';
import { tlsClient } from '../../src-main/tls/client.ts';
import { httpRequest } from '../../src-main/tls/http-request.ts';
import { freePort, startChild, untilReady } from './child.ts';
import { testPki, type TestPki } from './pki.ts';

/** A running step-ca with an ACME provisioner named `acme`. */
export interface StepCa {
  readonly directoryUrl: string;
  readonly port: number;
  readonly pki: TestPki;
  output(): string;
  stop(): Promise<void>;
}

export interface StepCaOptions {
  /** The program. */
  readonly binary: string;
  /** Port that it calls for HTTP-01. */
  readonly httpPort: number;
  /** `host:port` of the DNS server it asks. */
  readonly resolver: string;
  /** PostgreSQL, as `postgresql://USER:PW@HOST:PORT/`; a file database of its own unless given. */
  readonly postgres?: { readonly dataSource: string; readonly database: string };
  /** More of `authority`, for example a `policy`. */
  readonly authority?: Readonly<Record<string, unknown>>;
  /** More of the configuration itself, for example `crl`. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly pki?: TestPki;
}

const password = 'password of a test CA';

export async function startStepCa(options: StepCaOptions): Promise<StepCa> {
  const directory = await mkdtemp(join(tmpdir(), 'step-ca-'));
  const pki = options.pki ?? (await testPki('Step'));
  const port = await freePort();
  const file = (name: string): string => join(directory, name);
  await writeFile(file('root.crt'), pki.root.pem);
  await writeFile(file('intermediate.crt'), pki.intermediate.pem);
  await writeFile(file('intermediate.key'), encryptKey(pki.intermediate.key, password), { mode: 0o600 });
  await writeFile(file('password.txt'), password, { mode: 0o600 });
  await writeFile(
    file('ca.json'),
    JSON.stringify({
      root: file('root.crt'),
      crt: file('intermediate.crt'),
      key: file('intermediate.key'),
      address: `127.0.0.1:${port}`,
      dnsNames: ['localhost', '127.0.0.1'],
      logger: { format: 'text' },
      db:
        options.postgres === undefined
          ? { type: 'bbolt', dataSource: file('step.db') }
          : { type: 'postgresql', ...options.postgres },
      ...options.config,
      authority: { provisioners: [{ type: 'ACME', name: 'acme' }], ...options.authority },
    }),
    { mode: 0o600 },
  );
  const args = ['--password-file', file('password.txt'), '--resolver', options.resolver];
  const child = startChild(
    options.binary,
    [...args, '--acme-http-port', String(options.httpPort), '--insecure', file('ca.json')],
    { env: { STEPPATH: directory } },
  );
  const tls = tlsClient({ ca: pki.bundle });
  const stop = async (): Promise<void> => {
    tls.close();
    await child.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const url = `https://localhost:${port}/health`;
    await untilReady(child, async () => (await httpRequest({ url, tls })).status === 200);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    directoryUrl: `https://localhost:${port}/acme/acme/directory`,
    port,
    pki,
    output: () => child.output(),
    stop,
  };
}
