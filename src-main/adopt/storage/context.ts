import { readFile } from 'node:fs/promises';
import type { SecretInput } from '../../../shared/contract/operations.ts';
import { message } from '../../../shared/message.ts';
import { createOpenBao, type OpenBao } from '../../openbao/openbao.ts';
import type { Run } from '../../operations/types.ts';
import { readTextFileIfPresent } from '../../workspace/atomic.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import { readState } from '../../workspace/state.ts';
import { placeOf, type Kept, type Place, type StorageInput } from './place.ts';
import { AdoptedOpenBao, ForeignOpenBao, type OpenBaoKeeper } from './server.ts';

/** What moving the storage works on. */
export interface StorageDeps {
  readonly paths: WorkspacePaths;
  readonly now: () => number;
  readonly kept: () => Promise<Kept | undefined>;
  readonly keep: (kept: Kept | undefined) => Promise<void>;
}

export interface StorageContext extends StorageDeps {
  readonly input: StorageInput;
  readonly place: Place;
  readonly server: OpenBaoKeeper;
  /** The installation's, at its address. */
  readonly openbao: OpenBao;
}

/** The installation's OpenBao at its address. Throws as `readState`: without state.json nobody knows that. */
export async function openbaoOf({ paths }: Pick<StorageDeps, 'paths'>): Promise<OpenBao> {
  const { origin, protocol } = new URL((await readState(paths.state)).openbao_url);
  const bundles = protocol === 'https:' ? [paths.infraBundle, paths.bundle] : [];
  const [ca] = (await Promise.all(bundles.map((path) => readTextFileIfPresent(path)))).filter(
    (text) => text !== undefined,
  );
  return createOpenBao({ url: origin, ...(ca === undefined ? {} : { ca }) });
}

/** Throws as `readState`. */
export async function contextOf(deps: StorageDeps, input: StorageInput): Promise<StorageContext> {
  const { paths } = deps;
  const place = placeOf(input, paths, (await readState(paths.state)).openbao_url);
  const openbao = await openbaoOf(deps);
  const server = input.elsewhere ? new ForeignOpenBao(paths, openbao) : new AdoptedOpenBao(paths, openbao);
  return { ...deps, input, server, openbao, place };
}

const sharesName = 'unseal_shares';
const split = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== '');

/** Asked for unless a lab keeps them in its file. */
export async function sharesInput({ paths }: StorageDeps): Promise<readonly SecretInput[]> {
  if ((await readTextFileIfPresent(paths.unsealKeys).catch(() => undefined)) !== undefined) return [];
  const label = message('adopt.secret.shares');
  return [
    { name: sharesName, label, hint: message('adopt.secret.shares_hint'), minLength: 16, fresh: false },
  ];
}

/** The shares of this run: of a lab's file, or as the operator gave them. Throws `secret_missing`. */
export async function sharesOf({ paths }: StorageDeps, run: Run): Promise<readonly string[]> {
  const file = await readFile(paths.unsealKeys, 'utf8').catch(() => undefined);
  return split(file ?? run.secret(sharesName));
}
