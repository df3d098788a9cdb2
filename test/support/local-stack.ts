import { createRequire } from 'node:module';
import { mkdtemp, rm, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { provision } from '../../src-main/postgres/provision.ts';
import { ensureServer } from '../../src-main/servers/ensure-server.ts';
import { renderCaConfig } from '../../src-main/stepca/ca-config.ts';
import { LocalTopology } from '../../src-main/topology/local-topology.ts';
import type { NodeProgram } from '../../src-main/topology/specs.ts';
import { WorkspacePaths } from '../../src-main/workspace/paths.ts';
import { encryptKey } from '../../src-main/x509/keys.ts';
import { freePort } from './child.ts';
import { testPki } from './pki.ts';

const here = dirname(fileURLToPath(import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** The console's own servers straight from the sources. */
export const sourceProgram: NodeProgram = {
  command: process.execPath,
  args: ['--import', tsx, join(here, 'own-program.ts')],
  env: {},
};

/** A work directory with everything that the five servers need to start; nothing runs yet but was tried once. */
export interface LocalStack {
  readonly paths: WorkspacePaths;
  readonly topology: LocalTopology;
  readonly passwords: {
    readonly ca: string;
    readonly database: string;
    readonly admin: string;
    readonly hmac: string;
  };
  /** Another console on the same work directory. */
  another(): LocalTopology;
  dispose(): Promise<void>;
}

export async function makeLocalStack(options: { patienceMs?: number } = {}): Promise<LocalStack> {
  const root = await mkdtemp(join(tmpdir(), 'local stack '));
  const paths = new WorkspacePaths(root);
  const passwords = {
    ca: 'CA-PASSWORD-planted',
    database: 'DB-PASSWORD-planted',
    admin: 'ADMIN-PASSWORD-planted',
    hmac: 'HMAC-SECRET-planted',
  };
  const another = (): LocalTopology => new LocalTopology(paths, { node: sourceProgram, ...options });
  const topology = another();
  const programs = {
    openbao: await ensureServer('openbao'),
    postgres: await ensureServer('postgres'),
    'step-ca': await ensureServer('step-ca'),
  };
  const ports = {
    openbao: await freePort(),
    openbaoCluster: await freePort(),
    postgres: await freePort(),
    stepCa: await freePort(),
    acmeHttp: await freePort(),
    responderAdmin: await freePort(),
    resolver: await freePort(),
  };
  const dispose = async (): Promise<void> => {
    await topology.close();
    await topology.stopAll();
    // Elsewhere when PostgreSQL's user could not reach it.
    const home = (await topology.readLayout())?.postgres.home;
    if (home !== undefined) await rm(home, { recursive: true, force: true });
    await rm(root, { recursive: true, force: true });
  };
  try {
    const layout = await topology.createLayout({ ports, leafHours: 24, programs });
    await topology.writeOpenBaoConfig();
    await topology.initPostgres(passwords.admin);
    await topology.startServer('postgres');
    const dsn = { host: '127.0.0.1', port: ports.postgres, options: [['sslmode', 'disable']] as const };
    await provision({
      admin: { ...dsn, user: layout.postgres.superuser, password: passwords.admin, database: 'postgres' },
      role: 'step',
      password: passwords.database,
      database: 'stepca',
    });
    const pki = await testPki('Local');
    for (const directory of [
      paths.caCerts,
      paths.caKeys,
      dirname(paths.caConfig),
      dirname(paths.responderConfig),
    ]) {
      await mkdir(directory, { recursive: true, mode: 0o700 });
    }
    await writeFile(paths.rootCert, pki.root.pem);
    await writeFile(paths.intermediateCert, pki.intermediate.pem);
    await writeFile(paths.intermediateKey, encryptKey(pki.intermediate.key, passwords.ca), { mode: 0o600 });
    await writeFile(paths.passwordFile, passwords.ca, { mode: 0o600 });
    await writeFile(paths.state, JSON.stringify({ services: {} }));
    const url = `postgresql://step:${passwords.database}@127.0.0.1:${ports.postgres}/stepca?sslmode=disable`;
    const caConfig = renderCaConfig({
      rootCert: paths.rootCert,
      intermediateCert: paths.intermediateCert,
      intermediateKey: paths.intermediateKey,
      address: `127.0.0.1:${ports.stepCa}`,
      dnsNames: ['localhost', '127.0.0.1'],
      dataSource: url,
      leafHours: 24,
    });
    await writeFile(paths.caConfig, caConfig, { mode: 0o600 });
    const responder = [
      `listen_addr = "127.0.0.1:${ports.acmeHttp}"`,
      `admin_addr = "127.0.0.1:${ports.responderAdmin}"`,
      `hmac_secret = "${passwords.hmac}"`,
    ];
    await writeFile(paths.responderConfig, responder.join('\n'), { mode: 0o600 });
  } catch (error) {
    await dispose();
    throw error;
  }
  return { paths, topology, passwords, another, dispose };
}
