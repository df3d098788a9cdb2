import { ensureServer } from '../../src-main/servers/ensure-server.ts';
import type { ServerName } from '../../src-main/servers/catalogue.ts';

const overrides: Readonly<Record<ServerName, string>> = {
  openbao: 'BOOTROOT_TEST_BAO',
  postgres: 'BOOTROOT_TEST_POSTGRES',
  'step-ca': 'BOOTROOT_TEST_STEP_CA',
};

const found = new Map<ServerName, Promise<string>>();

/**
 * Absolute path of a server's program: what the environment names, else what the product itself finds or gets (PATH, the
 * user's cache, the package clients).
 */
export function binary(name: ServerName): Promise<string> {
  const named = process.env[overrides[name]];
  if (named !== undefined && named !== '') return Promise.resolve(named);
  const known = found.get(name) ?? ensureServer(name).then(({ path }) => path);
  found.set(name, known);
  return known;
}
