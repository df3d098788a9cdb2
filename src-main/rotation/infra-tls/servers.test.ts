import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { layoutOf } from '../../topology/compose/compose-files.ts';
import { ComposePaths } from '../../topology/compose/compose-paths.ts';
import { pinnedImages } from '../../topology/compose/images/pinned.ts';
import { WorkspacePaths } from '../../workspace/paths.ts';
import { infraServers } from './servers.ts';

test('files and ports of containers are those that this host has', async () => {
  const root = await mkdtemp(join(tmpdir(), 'pairs-'));
  try {
    const paths = new WorkspacePaths(root);
    const { openbaoConfig } = new ComposePaths(paths);
    for (const file of [openbaoConfig, paths.responderConfig])
      await mkdir(dirname(file), { recursive: true });
    const tls = '/openbao/config/tls';
    await writeFile(
      openbaoConfig,
      `address = "0.0.0.0:8200"\ntls_cert_file = "${tls}/server.crt"\ntls_key_file = "${tls}/server.key"\n`,
    );
    await writeFile(
      paths.responderConfig,
      'hmac_secret = "x"\ntls_cert_path = "/app/responder/tls/c.crt"\ntls_key_path = "tls/c.key"\n',
    );
    const ports = {
      openbao: 18200,
      openbaoCluster: 18201,
      postgres: 15433,
      stepCa: 19000,
      acmeHttp: 18880,
      responderAdmin: 18080,
      resolver: 18053,
    };
    const own = { identity: '6d4f1d3e-9d35-4f61-9a3c-0d5f3c0e8a11', user: '0:0' };
    const layout = layoutOf({ ports, leafHours: 24, instance: 'blue', tls: true }, pinnedImages, paths, own);
    const host = '127.0.0.1';
    const responder = join(dirname(paths.responderConfig), 'tls');
    expect(await infraServers(paths, layout)).toEqual([
      {
        id: 'openbao',
        pair: {
          certPath: join(root, 'openbao/tls/server.crt'),
          keyPath: join(root, 'openbao/tls/server.key'),
          host,
          port: 18200,
        },
      },
      {
        id: 'postgres',
        pair: {
          certPath: '/var/lib/postgresql/18/docker/server.crt',
          keyPath: '/var/lib/postgresql/18/docker/server.key',
          host,
          port: 15433,
          inside: { container: 'blue-postgres', user: 'postgres' },
        },
      },
      {
        id: 'responder',
        pair: { certPath: join(responder, 'c.crt'), keyPath: join(responder, 'c.key'), host, port: 18080 },
      },
    ]);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
