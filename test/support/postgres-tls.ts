import { X509Certificate } from 'node:crypto';
import { chown, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalTopology } from '../../src-main/topology/local-topology.ts';
import { clusterData } from '../../src-main/topology/postgres-cluster.ts';
import { readTextFile } from '../../src-main/workspace/atomic.ts';
import type { WorkspacePaths } from '../../src-main/workspace/paths.ts';
import { issueLeaf, openAuthority } from '../../src-main/x509/authority.ts';
import { decryptKey, exportKey, generateKey } from '../../src-main/x509/keys.ts';

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
    ['server.crt', leaf.pem + issuer.pem, 0o644],
    ['server.key', exportKey(key), 0o600],
  ] as const) {
    await writeFile(join(data, name), text, { mode });
    if (owner !== undefined) await chown(join(data, name), owner.uid, owner.gid);
  }
  const conf = join(data, 'postgresql.conf');
  await writeFile(conf, `${await readTextFile(conf)}\nssl = on\n`);
  await topology.reloadServer('postgres');
}
