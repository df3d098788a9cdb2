import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LocalTopology } from '../../src-main/topology/local-topology.ts';
import { clusterData } from '../../src-main/topology/postgres-cluster.ts';
import { readTextFile } from '../../src-main/workspace/atomic.ts';
import type { WorkspacePaths } from '../../src-main/workspace/paths.ts';
import { issueLeaf, openAuthority } from '../../src-main/x509/authority.ts';
import { decryptKey, exportKey, generateKey } from '../../src-main/x509/keys.ts';

/** Where the pair stands: each file in a directory of its own, as certificates and private keys often do. */
export const postgresPair = {
  cert: join('tls', 'server.crt'),
  key: join('tls-private', 'server.key'),
} as const;

/** Whether PostgreSQL could be started with the pair that lies there. */
export async function pairFits(data: string): Promise<boolean> {
  const cert = await readFile(join(data, postgresPair.cert));
  const key = await readFile(join(data, postgresPair.key));
  return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
}

/** A pair for loopback from the installation's intermediate, which PostgreSQL serves from now on beside plain text. */
export async function servePostgresTls(paths: WorkspacePaths, topology: LocalTopology): Promise<void> {
  const layout = await topology.requireLayout();
  const password = (await readTextFile(paths.passwordFile)).trim();
  const issuer = openAuthority(
    new X509Certificate(await readFile(paths.intermediateCert)).raw,
    decryptKey(await readTextFile(paths.intermediateKey), password),
  );
  const key = await generateKey('ec-p256');
  const names = ['localhost', '127.0.0.1'];
  const leaf = await issueLeaf(
    { names, key, purposes: ['server'], notBefore: Date.now() - 60_000, lifetime: 3_600_000 },
    issuer,
  );
  const data = clusterData(layout);
  const owner = layout.postgres.user;
  for (const [name, text, mode] of [
    [postgresPair.cert, leaf.pem + issuer.pem, 0o644],
    [postgresPair.key, exportKey(key), 0o600],
  ] as const) {
    const path = join(data, name);
    await mkdir(dirname(path), { mode: 0o700 });
    await writeFile(path, text, { mode });
    if (owner === undefined) continue;
    for (const one of [dirname(path), path]) await chown(one, owner.uid, owner.gid);
  }
  const conf = join(data, 'postgresql.conf');
  const lines = `ssl = on\nssl_cert_file = '${postgresPair.cert}'\nssl_key_file = '${postgresPair.key}'\n`;
  await writeFile(conf, `${await readTextFile(conf)}\n${lines}`);
  await topology.reloadServer('postgres');
}
