import type { SetupLocal } from '../../../shared/contract/setup.ts';
import type { OpenBao, OpenBaoClient } from '../../openbao/openbao.ts';
import type { Run } from '../../operations/types.ts';
import type { Topology } from '../../topology/topology.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import { ConsoleError } from '../../../shared/errors.ts';
import type { SetupPorts } from './ports.ts';
import { labShareKeeper, recoveryFileKeeper, type InitSecrets, type ShareKeeper } from './share-keeper.ts';

/** What every step of the set-up works on. */
export interface SetupContext {
  readonly input: SetupLocal;
  readonly paths: WorkspacePaths;
  readonly topology: Topology;
  readonly ports: SetupPorts;
  /** At its present port, trusted by the bundle where it serves TLS. */
  readonly openbao: OpenBao;
  /** OpenBao and PostgreSQL serve TLS. */
  readonly secure: boolean;
  /** Containers: what their names begin with. */
  readonly instance?: string;
  /** Reads the bundle by which they are trusted again. */
  trustAgain(): Promise<void>;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** KV mount that the bootroot tools use. */
export const kvMount = 'secret';

/** The keeper of the shares for this kind of installation. */
export function keeperOf(context: SetupContext, run: Run): ShareKeeper {
  return context.input.kind === 'lab'
    ? labShareKeeper(context.paths.unsealKeys, run.stage)
    : recoveryFileKeeper(context.paths.recoveryFile, () => run.secret('passphrase'), run.stage);
}

/** A set-up that is resumed after the machine was restarted finds its server stopped. */
export async function ensureOpenBao(context: SetupContext, run: Run): Promise<void> {
  if (!(await context.topology.isReady('openbao'))) await context.topology.startServer('openbao', run.signal);
}

/** Gives the shares until OpenBao is unsealed; nothing when it is. */
export async function unseal(context: SetupContext, shares: InitSecrets): Promise<void> {
  if (!(await context.openbao.sealStatus()).sealed) return;
  await context.openbao.unsealReset();
  for (const key of shares.keys.slice(0, shares.threshold)) await context.openbao.unseal(key);
}

/**
 * OpenBao with the root token that the set-up holds until its last step, brought back if it was stopped or sealed.
 * Throws `setup_shares_missing`.
 */
export async function rootClient(context: SetupContext, run: Run): Promise<OpenBaoClient> {
  const keeper = keeperOf(context, run);
  const kept = await keeper.read();
  if (kept?.rootToken === undefined) throw new ConsoleError('setup_shares_missing', { path: keeper.path });
  await ensureOpenBao(context, run);
  await unseal(context, kept);
  await context.topology.settle(run.signal);
  return context.openbao.withToken(kept.rootToken);
}

/** Whether the root token is there and accepted: false before initialisation, after revocation and while sealed. */
export async function hasRoot(context: SetupContext, run: Run): Promise<boolean> {
  const token = (await keeperOf(context, run).read())?.rootToken;
  if (token === undefined) return false;
  const status = await context.openbao.sealStatus();
  return status.initialised && !status.sealed;
}
