import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tlsClient } from '../../src-main/tls/client.ts';
import { httpRequest } from '../../src-main/tls/http-request.ts';
import { freePort, startChild, untilReady } from './child.ts';
import { testPki } from './pki.ts';

/** A running pebble (Debian package `pebble`), the strict ACME server for clients' tests. */
export interface Pebble {
  readonly directoryUrl: string;
  /** Bundle that trusts its HTTPS. */
  readonly ca: string;
  /** What it issues from, root first: made anew at each start. */
  issuers(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

export interface PebbleOptions {
  /** Port that it calls for HTTP-01. */
  readonly httpPort: number;
  /** `host:port` of the DNS server it asks. */
  readonly dns: string;
  /** Percent of good nonces that it rejects. */
  readonly rejectNonces?: number;
  /** Key id → HMAC (base64url) when external account binding is to be required. */
  readonly eab?: Readonly<Record<string, string>>;
}

export async function startPebble(options: PebbleOptions): Promise<Pebble> {
  const directory = await mkdtemp(join(tmpdir(), 'pebble-'));
  const pki = await testPki('Pebble HTTPS');
  const leaf = await pki.leaf(['localhost', '127.0.0.1']);
  const port = await freePort();
  const management = await freePort();
  const file = (name: string): string => join(directory, name);
  await writeFile(file('cert.pem'), leaf.cert + pki.intermediate.pem);
  await writeFile(file('key.pem'), leaf.key, { mode: 0o600 });
  await writeFile(
    file('pebble.json'),
    JSON.stringify({
      pebble: {
        listenAddress: `127.0.0.1:${port}`,
        managementListenAddress: `127.0.0.1:${management}`,
        certificate: file('cert.pem'),
        privateKey: file('key.pem'),
        httpPort: options.httpPort,
        tlsPort: 1,
        ocspResponderURL: '',
        externalAccountBindingRequired: options.eab !== undefined,
        externalAccountMACKeys: options.eab ?? {},
      },
    }),
  );
  const child = startChild('pebble', ['-config', file('pebble.json'), '-dnsserver', options.dns], {
    env: {
      PEBBLE_VA_NOSLEEP: '1',
      PEBBLE_WFE_NONCEREJECT: String(options.rejectNonces ?? 5),
      PEBBLE_AUTHZREUSE: '0',
    },
  });
  const directoryUrl = `https://localhost:${port}/dir`;
  const tls = tlsClient({ ca: pki.bundle });
  const stop = async (): Promise<void> => {
    tls.close();
    await child.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await untilReady(child, async () => (await httpRequest({ url: directoryUrl, tls })).status === 200);
  } catch (error) {
    await stop();
    throw error;
  }
  const issuers = (): Promise<readonly string[]> =>
    Promise.all(
      ['roots', 'intermediates'].map(async (kind) => {
        const url = `https://localhost:${management}/${kind}/0`;
        return (await httpRequest({ url, tls })).body.toString();
      }),
    );
  return { directoryUrl, ca: pki.bundle, issuers, stop };
}
