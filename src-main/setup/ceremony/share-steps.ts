import { dirname } from 'node:path';
import type { Effect } from '../../../shared/contract/operations.ts';
import { ConsoleError } from '../../../shared/errors.ts';
import { message, type Message } from '../../../shared/message.ts';
import { aboutToBegin, isNoted, type Attempt } from '../../openbao/recovery-answer.ts';
import type { RecoveryInterface } from '../../openbao/recovery.ts';
import type { ShareCount, ShareRotation } from '../../openbao/share-rotation.ts';
import type { Run, Step } from '../../operations/types.ts';
import { ensureDirectory } from '../../workspace/atomic.ts';
import type { ShareKeeper } from '../local/share-keeper.ts';
import type { RecoveryAccess } from './recovery-access.ts';

/** New unseal shares in place of the present ones, whoever holds either. */
export interface NewShares {
  readonly wanted: ShareCount;
  /** As far as the plan could ask. */
  readonly interface: RecoveryInterface;
  readonly access: RecoveryAccess;
  /** A quorum of the shares that hold before; undefined when this console has none at hand. */
  present(run: Run): Promise<readonly string[] | undefined>;
  /** Keeps the new shares from before they hold until somebody else does. */
  keeper(run: Run): ShareKeeper;
  /** Files that the keeping makes. */
  readonly kept: readonly Effect[];
  readonly titles: Readonly<Record<'propose' | 'verify' | 'newHold' | 'oldRefused', Message>>;
}

const baseOf = ({ interface: kind }: NewShares): string =>
  kind === 'legacy' ? 'sys/rekey' : 'sys/rotate/root';

/** The stage's note of our own attempt: its nonce, or that one was about to begin. */
const note = 'attempt';
/** The same for the attempts by which shares are tried: they are given up, whatever came of them. */
const trialNote = 'trial';
/** The attempt of which the kept shares are. */
const keptNote = 'verification';

/** Gives up the trial in which a console died. */
async function endTrial(run: Run, shares: ShareRotation): Promise<void> {
  const trial = await run.stage.read(trialNote);
  if (trial === undefined) return;
  const attempt = await shares.attempt();
  const own = (await run.stage.read(note)) === attempt.nonce;
  if (attempt.started && !own && isNoted(attempt, trial)) await shares.cancel();
}

/** Whether these shares hold now; nothing is changed by it. */
async function tried({ access, wanted }: NewShares, run: Run, keys: readonly string[]): Promise<boolean> {
  return access(async ({ shares }) => {
    await endTrial(run, shares);
    await run.stage.write(trialNote, aboutToBegin);
    return shares.hold(keys, wanted, (nonce) => run.stage.write(trialNote, nonce));
  });
}

/** Our own attempt, if one is under way. Throws `recovery_busy` for one of somebody else. */
async function ownAttempt(run: Run, shares: ShareRotation): Promise<Attempt | undefined> {
  await endTrial(run, shares);
  const attempt = await shares.attempt();
  if (!attempt.started) return undefined;
  if (isNoted(attempt, await run.stage.read(note))) return attempt;
  throw new ConsoleError('recovery_busy', { path: 'shares' });
}

async function presentShares(shares: NewShares, run: Run): Promise<readonly string[]> {
  const present = await shares.present(run);
  if (present === undefined) throw new ConsoleError('recovery_no_quorum');
  return present;
}

async function propose(shares: NewShares, run: Run): Promise<void> {
  const present = await presentShares(shares, run);
  const proposed = await shares.access(async ({ shares: rotation }) => {
    if ((await ownAttempt(run, rotation)) !== undefined) await rotation.cancel();
    await run.stage.write(note, aboutToBegin);
    return rotation.propose(shares.wanted, present, (nonce) => run.stage.write(note, nonce));
  });
  if (proposed.keys.length === 0) throw new ConsoleError('recovery_no_quorum');
  const keeper = shares.keeper(run);
  await ensureDirectory(dirname(keeper.path), { mode: 0o700 });
  await keeper.write({ keys: [...proposed.keys], threshold: shares.wanted.threshold });
  await run.stage.write(keptNote, proposed.nonce);
}

/** New shares, safe before they hold: a crash or a lost answer leaves the old ones in force. */
export function proposeSharesStep(shares: NewShares): Step {
  const { threshold, shares: count } = shares.wanted;
  return {
    id: 'propose',
    title: shares.titles.propose,
    effects: [
      {
        kind: 'openbao',
        path: `${baseOf(shares)}/init`,
        action: 'change',
        what: 'init',
        detail: `${threshold}/${count}`,
      },
      ...shares.kept,
    ],
    check: async (run) =>
      (await run.stage.read(keptNote)) !== undefined && (await shares.keeper(run).complete()),
    apply: (run) => propose(shares, run),
    async undo(run) {
      await shares.access(async ({ shares: rotation }) => {
        if ((await ownAttempt(run, rotation)) !== undefined) await rotation.cancel();
      });
      await shares.keeper(run).remove();
    },
  };
}

/** The new shares are given back; from here on they hold. Whether they do is asked of OpenBao, not of a note. */
export function verifySharesStep(shares: NewShares): Step {
  const { wanted, access, titles } = shares;
  const quorum = async (run: Run): Promise<readonly string[]> =>
    ((await shares.keeper(run).read())?.keys ?? []).slice(0, wanted.threshold);
  return {
    id: 'verify',
    title: titles.verify,
    effects: [{ kind: 'openbao', path: `${baseOf(shares)}/verify`, action: 'change', what: 'init' }],
    // What is proved here is said here; asking costs little and a proof must not be lost with a crash.
    check: async () => false,
    async apply(run) {
      const keys = await quorum(run);
      const before = await shares.present(run);
      await access(async ({ shares: rotation }) => {
        const attempt = await ownAttempt(run, rotation);
        if (attempt === undefined) return;
        // The shares of an attempt are lost with the answer that brought them; those that are kept are of one before.
        if (attempt.nonce === (await run.stage.read(keptNote))) await rotation.verify(keys);
        else await rotation.cancel();
      });
      let held = await tried(shares, run, keys);
      if (!held) {
        // A server that was restarted in between has forgotten the attempt.
        await propose(shares, run);
        const again = await quorum(run);
        held =
          (await access(({ shares: rotation }) => rotation.verify(again))) &&
          (await tried(shares, run, again));
      }
      run.prove({ title: titles.newHold, outcome: held ? 'proved' : 'not_proved' });
      if (!held) throw new ConsoleError('recovery_not_held');
      await proveOldRefused(shares, run, before);
    },
  };
}

async function proveOldRefused(
  shares: NewShares,
  run: Run,
  before: readonly string[] | undefined,
): Promise<void> {
  const { titles } = shares;
  if (before === undefined) {
    run.prove({
      title: titles.oldRefused,
      outcome: 'not_proved',
      evidence: message('recovery.evidence.old_gone'),
    });
    return;
  }
  const oldHold = await tried(shares, run, before);
  run.prove({ title: titles.oldRefused, outcome: oldHold ? 'contradicted' : 'proved' });
}
