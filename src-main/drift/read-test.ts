import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { message } from '../../shared/message.ts';
import { isRemote } from '../rotation/targets.ts';
import type { Service } from '../services/entry.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import type { Found } from './found.ts';

/** Somebody who must be able to read files, as the user that runs him. */
interface Consumer {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly paths: readonly string[];
}

const program = `for (const path of process.argv.slice(1)) {
  try { require('fs').closeSync(require('fs').openSync(path, 'r')); } catch (error) { console.log(error.code + ' ' + path); }
}`;

/** Paths that this user cannot open; undefined: this process may not act as him. */
async function unreadableFor({ uid, gid, paths }: Consumer): Promise<readonly string[] | undefined> {
  const own = process.getuid?.();
  if (own === undefined) return undefined;
  if (own === uid) {
    const tried = await Promise.all(
      paths.map((path) =>
        access(path, constants.R_OK).then(
          () => [],
          () => [path],
        ),
      ),
    );
    return tried.flat();
  }
  if (own !== 0) return undefined;
  const output = await new Promise<string | undefined>((resolve) => {
    // As Electron this very program is node too.
    const env = { ELECTRON_RUN_AS_NODE: '1' };
    execFile(
      process.execPath,
      ['-e', program, '--', ...paths],
      { uid, gid, cwd: '/', env, timeout: 10_000 },
      (error, stdout) => resolve(error === null ? stdout : undefined),
    );
  });
  return output
    ?.split('\n')
    .filter((line) => line !== '')
    .map((line) => line.slice(line.indexOf(' ') + 1));
}

async function ownerOf(path: string): Promise<{ uid: number; gid: number } | undefined> {
  return stat(path).then(
    ({ uid, gid }) => ({ uid, gid }),
    () => undefined,
  );
}

/** Who reads what: a service its certificate set, its agent its configuration and credentials, step-ca and responder their own. */
async function consumersOf(paths: WorkspacePaths, services: readonly Service[]): Promise<Consumer[]> {
  const as = async (name: string, ownFile: string, files: readonly string[]): Promise<Consumer[]> => {
    const owner = await ownerOf(ownFile);
    return owner === undefined ? [] : [{ name, ...owner, paths: files }];
  };
  const found = await Promise.all([
    ...services
      .filter((service) => !isRemote(service))
      .flatMap(({ id, cert, key, bundle, agentConfig, roleIdPath, secretIdPath }) => [
        as(id, key, [cert, key, bundle]),
        as(`${id} agent`, agentConfig, [agentConfig, roleIdPath, secretIdPath, bundle]),
      ]),
    as('step-ca', paths.secrets, [
      paths.caConfig,
      paths.passwordFile,
      paths.intermediateKey,
      paths.intermediateCert,
      paths.rootCert,
    ]),
    as('responder', paths.responderConfig, [paths.responderConfig]),
  ]);
  return found.flat();
}

/** Opens every file that a consumer needs, as that consumer's user. */
export async function readTests(paths: WorkspacePaths, services: readonly Service[]): Promise<Found[]> {
  const consumers = await consumersOf(paths, services);
  return Promise.all(
    consumers.map(async (consumer): Promise<Found> => {
      const unreadable = await unreadableFor(consumer);
      const { name, uid, paths: files } = consumer;
      const base = { id: `read:${name}`, area: 'access', what: name } as const;
      if (unreadable === undefined)
        return { ...base, state: 'unknown', detail: message('drift.detail.not_as', { uid }) };
      if (unreadable.length === 0)
        return {
          ...base,
          state: 'agrees',
          detail: message('drift.detail.reads', { uid, count: files.length }),
        };
      const detail = message('drift.detail.cannot_read', { uid, paths: unreadable.slice(0, 5).join(', ') });
      return { ...base, state: 'differs', detail };
    }),
  );
}
