import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { message } from '../../../shared/message.ts';
import type { Oddity } from '../../../shared/contract/adopt.ts';
import { isRemote } from '../../rotation/targets.ts';
import { readTextFileIfPresent } from '../../workspace/atomic.ts';
import type { Finder } from '../world.ts';

/** A summary of `init` names every secret of the installation in plain text (formats-newer.md, `--summary-json`). */
export const summaryFinder: Finder = async ({ paths }) => {
  const names = await readdir(paths.root).catch(() => []);
  const found: Oddity[] = [];
  for (const name of names.filter((one) => one.endsWith('.json') && one !== 'state.json')) {
    const text = await readTextFileIfPresent(join(paths.root, name)).catch(() => undefined);
    if (text === undefined || !/"(?:root_token|unseal_keys)"\s*:\s*(?:"[^"]|\[\s*")/.test(text)) continue;
    found.push({
      id: `summary:${name}`,
      severity: 'critical',
      what: name,
      text: message('adopt.text.summary'),
    });
  }
  return found;
};

/** Credentials on disk that OpenBao does not take any more; asked by accessor, without a login. */
export const credentialsFinder: Finder = async ({ client, services }) => {
  if (client === undefined) return [];
  const found = await Promise.all(
    services.map(async ({ id, entry, secretIdPath }): Promise<Oddity[]> => {
      const secretId = (await readTextFileIfPresent(secretIdPath).catch(() => undefined))?.trim();
      if (secretId === undefined || secretId === '') return [];
      try {
        if ((await client.approle.lookupSecretId(entry.approle.role_name, secretId)) !== undefined) return [];
      } catch {
        return [];
      }
      return [
        {
          id: `secret-id:${id}`,
          severity: 'critical',
          what: secretIdPath,
          text: message('adopt.text.secret_id_ended', { service: id }),
          remedy: {
            kind: 'rotate.approle-secret-id',
            input: { ids: [id], infra: [] },
            label: message('adopt.remedy.new_secret_id'),
          },
        },
      ];
    }),
  );
  return found.flat();
};

/** The pair at `bootroot/agent/eab`: open-source step-ca has no external account binding, and the console needs none. */
export const eabFinder: Finder = async ({ client, services }) => {
  const data = (await client?.kv.read('bootroot/agent/eab').catch(() => undefined))?.data;
  const remote = services.some(isRemote);
  const there = typeof data?.['kid'] === 'string' && data['kid'] !== '';
  if (there)
    return [{ id: 'eab', severity: 'notice', what: 'bootroot/agent/eab', text: message('adopt.text.eab') }];
  if (client === undefined || !remote) return [];
  return [{ id: 'eab', severity: 'notice', what: 'bootroot/agent/eab', text: message('adopt.text.no_eab') }];
};

/** A dump of step-ca's database, forgotten in the work directory. */
export const dumpFinder: Finder = async ({ paths }) => {
  const names = (await readdir(paths.root).catch(() => [])).filter((name) => name.endsWith('.sql'));
  const found: Oddity[] = [];
  for (const name of names) {
    const stats = await lstat(join(paths.root, name)).catch(() => undefined);
    if (stats !== undefined && (stats.mode & 0o004) !== 0)
      found.push({ id: `dump:${name}`, severity: 'warning', what: name, text: message('adopt.text.dump') });
  }
  return found;
};
