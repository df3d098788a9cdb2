import { message } from '../../../shared/message.ts';
import type { RecoveryInterface } from '../../openbao/recovery.ts';
import type { ShareCount } from '../../openbao/share-rotation.ts';
import type { OpenBao } from '../../openbao/openbao.ts';
import type { Run, Step } from '../../operations/types.ts';
import type { ShareCeremony } from '../../setup/ceremony/ceremony.ts';
import { labQuorum } from '../../setup/ceremony/lab-shares.ts';
import type { NewShares } from '../../setup/ceremony/share-steps.ts';
import { initSecretsSchema, recoveryFileKeeper, type ShareKeeper } from '../../setup/local/share-keeper.ts';
import { readTextFileIfPresent, replaceFileAtomic } from '../../workspace/atomic.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import type { RecoveryDesk } from './desk.ts';

export interface SharesContext {
  readonly paths: WorkspacePaths;
  readonly desk: RecoveryDesk;
  readonly ceremony: ShareCeremony;
  readonly openbao: () => OpenBao;
}

/** lab: the shares stand in `unseal-keys.txt`. custodians: each holds one, and no file has them. */
export type Holders = 'lab' | 'custodians';

const staged = 'shares';

/** Lab: in the operation's stage until they hold; the file keeps the old ones so long. */
function stageKeeper({ stage }: Run, path: string): ShareKeeper {
  return {
    path,
    async read() {
      const text = await stage.read(staged);
      return text === undefined ? undefined : initSecretsSchema.parse(JSON.parse(text));
    },
    complete: async () => (await stage.read(staged)) !== undefined,
    write: (secrets) => stage.write(staged, JSON.stringify(secrets)),
    remove: () => stage.remove(staged),
  };
}

/** Shares given at the desk go before those of a file: somebody took the trouble. */
export const presentQuorum = async ({
  desk,
  openbao,
  paths,
}: SharesContext): Promise<readonly string[] | undefined> =>
  desk.shares.quorum() ?? labQuorum(openbao(), paths);

export function newSharesOf(
  context: SharesContext,
  holders: Holders,
  wanted: ShareCount,
  kind: RecoveryInterface,
): NewShares {
  const { recoveryFile, unsealKeys } = context.paths;
  const lab = holders === 'lab';
  return {
    wanted,
    interface: kind,
    access: context.desk.access,
    present: () => presentQuorum(context),
    keeper: (run) =>
      lab
        ? stageKeeper(run, unsealKeys)
        : recoveryFileKeeper(recoveryFile, () => run.secret('passphrase'), run.stage),
    kept: lab ? [] : [{ kind: 'file', path: recoveryFile, action: 'create', mode: '0600' }],
    titles: {
      propose: message('recovery.step.propose'),
      verify: message('recovery.step.verify'),
      newHold: message('recovery.proof.shares_new'),
      oldRefused: message('recovery.proof.shares_old'),
    },
  };
}

const textOf = (keys: readonly string[]): string => `${keys.join('\n')}\n`;

/** Lab: the file is replaced as a whole; its owner and mode stay. */
export function labFileStep({ paths, desk }: SharesContext, shares: NewShares): Step {
  const path = paths.unsealKeys;
  const wanted = async (run: Run): Promise<string> => textOf((await shares.keeper(run).read())?.keys ?? []);
  return {
    id: 'keep',
    title: message('recovery.step.file'),
    effects: [{ kind: 'file', path, action: 'change', mode: '0600' }],
    check: async (run) => (await readTextFileIfPresent(path)) === (await wanted(run)),
    async apply(run) {
      await replaceFileAtomic(path, await wanted(run), { mode: 0o600 });
      desk.shares.reset();
    },
  };
}

/** The old shares are worthless now; the custodians are due to take the new ones. */
export function handOutStep(
  { ceremony, desk, paths }: SharesContext,
  custodians: readonly string[],
  threshold: number,
): Step {
  return {
    id: 'hand-out',
    title: message('recovery.step.hand_out', { count: custodians.length }),
    effects: [
      {
        kind: 'touches',
        who: custodians.join(', '),
        note: message('recovery.note.custodians', { path: paths.recoveryFile }),
      },
    ],
    check: async () => (await ceremony.status()).state === 'open',
    async apply() {
      await ceremony.begin(custodians, threshold);
      desk.shares.reset();
    },
  };
}
