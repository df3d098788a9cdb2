import { join } from 'node:path';
import { message } from '../../../shared/message.ts';
import { storageOf, type StorageConfig } from '../../openbao/storage-config.ts';
import { readTextFileIfPresent } from '../../workspace/atomic.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import { isFileStorage } from '../storage/directories.ts';
import type { Finder } from '../world.ts';

/** Where servers of the tools are configured, and where a copied storage usually lies. */
const configPlaces = ['openbao/openbao.hcl', 'openbao.hcl'];
const storagePlaces = ['openbao/file', 'openbao-data', 'openbao', 'local/openbao/file'];

export interface FoundStorage {
  readonly config?: { readonly path: string; readonly said: StorageConfig };
  /** Directory of this host. */
  readonly storage?: string;
}

/** What files of this host tell of OpenBao's storage, without asking the server. */
export async function findStorage(paths: WorkspacePaths): Promise<FoundStorage> {
  let config: FoundStorage['config'];
  for (const place of configPlaces) {
    const path = join(paths.root, place);
    const text = await readTextFileIfPresent(path).catch(() => undefined);
    const said = text === undefined ? undefined : storageOf(text);
    if (said !== undefined) config ??= { path, said };
  }
  const declared = config?.said.type === 'file' ? config.said.path : undefined;
  const candidates = [
    ...(declared === undefined ? [] : [declared]),
    ...storagePlaces.map((place) => join(paths.root, place)),
  ];
  for (const storage of candidates)
    if (await isFileStorage(storage)) return { storage, ...(config === undefined ? {} : { config }) };
  return config === undefined ? {} : { config };
}

/** OpenBao on `file` storage: the next 2.7 does not start on it (failure mode C34). */
export const storageFinder: Finder = async ({ openbao, paths, kept }) => {
  if ((await kept()) !== undefined) return [];
  const [status, found, compose] = await Promise.all([
    openbao?.sealStatus().catch(() => undefined),
    findStorage(paths),
    readTextFileIfPresent(paths.composeFile).catch(() => undefined),
  ]);
  const { storage, config } = found;
  const onFile =
    status === undefined
      ? config?.said.type === 'file' || (config === undefined && storage !== undefined)
      : status.storage === 'file';
  if (!onFile) return [];
  const text = message(status === undefined ? 'adopt.text.file_storage_stopped' : 'adopt.text.file_storage', {
    version: status?.version ?? '?',
  });
  const what = storage ?? config?.said.path ?? 'OpenBao';
  const label = message('adopt.remedy.storage');
  const input =
    storage === undefined ? undefined : { storage, ...(config === undefined ? {} : { config: config.path }) };
  // Where there is a Compose file it starts the server, and goes on doing so.
  const whole = compose === undefined || input === undefined ? input : { ...input, elsewhere: true };
  const remedy = whole === undefined ? {} : { remedy: { kind: 'adopt.storage', input: whole, label } };
  return [{ id: 'file-storage', severity: 'critical', what, text, ...remedy }];
};
