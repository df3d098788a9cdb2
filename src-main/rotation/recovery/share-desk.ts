import { ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import { aboutToBegin, isNoted } from '../../openbao/recovery-answer.ts';
import { parseShare } from '../../openbao/share.ts';
import type { ShareCount } from '../../openbao/share-rotation.ts';
import type { RecoveryAccess } from '../../setup/ceremony/recovery-access.ts';
import { combinations } from './combinations.ts';

/** How long given shares are remembered after the last one, milliseconds. */
export const rememberedMs = 15 * 60_000;
/** Quorums that are tried after one share, at most: each is a handful of requests. */
const triesAtMost = 200;

export interface DeskStatus {
  /** Shares given that may still be right. */
  readonly progress: number;
  readonly complete: boolean;
  /** Whether as many as needed were given and do not fit together. */
  readonly doubtful: boolean;
  /** Which of the given shares were proved wrong, counted from 1 in the order of giving. */
  readonly wrong: readonly number[];
  /** Unix milliseconds. */
  readonly expiresAt?: number;
}

export interface DeskDeps {
  readonly access: RecoveryAccess;
  /** What holds now. */
  readonly count: () => Promise<ShareCount>;
  readonly now: () => number;
}

/**
 * Takes the present unseal shares from their custodians, one at a time, in memory only. One share cannot be judged alone:
 * when as many as needed do not fit, all are kept and one more is asked for; the first quorum that OpenBao accepts tells
 * which were wrong. Nothing is changed by that: an attempt at new shares is authorised and given up.
 */
export class ShareDesk {
  readonly #deps: DeskDeps;
  #given: readonly string[] = [];
  #quorum: readonly string[] | undefined;
  #doubtful = false;
  /** Note of the attempt by which shares are tried, until its end was answered. */
  #trial: string | undefined;
  #last = 0;
  /** Two custodians may press at once; their shares are judged one after the other. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(deps: DeskDeps) {
    this.#deps = deps;
  }

  #forgetOld(): void {
    if (this.#given.length > 0 && this.#deps.now() - this.#last > rememberedMs) this.reset();
  }

  status(): DeskStatus {
    this.#forgetOld();
    const quorum = this.#quorum;
    const wrong =
      quorum === undefined
        ? []
        : this.#given.flatMap((share, index) => (quorum.includes(share) ? [] : [index + 1]));
    return {
      progress: this.#given.length - wrong.length,
      complete: quorum !== undefined,
      doubtful: this.#doubtful,
      wrong,
      ...(this.#given.length === 0 ? {} : { expiresAt: this.#last + rememberedMs }),
    };
  }

  /** Shares that OpenBao has accepted together; undefined while there are too few. */
  quorum(): readonly string[] | undefined {
    this.#forgetOld();
    return this.#quorum;
  }

  reset(): void {
    this.#given = [];
    this.#quorum = undefined;
    this.#doubtful = false;
  }

  /**
   * Takes one share. Those given before stay, whatever it is.
   * @throws `openbao_share_malformed`, `openbao_share_repeated`, `recovery_shares_differ` (they do not fit together; one more is
   *   needed), `recovery_complete`, `recovery_busy`
   */
  give(text: string): Promise<void> {
    const next = this.#queue.then(() => this.#take(text));
    this.#queue = next.catch(() => undefined);
    return next;
  }

  async #take(text: string): Promise<void> {
    this.#forgetOld();
    const share = parseShare(text);
    if (this.#quorum !== undefined) throw new ConsoleError('recovery_complete');
    if (this.#given.includes(share)) throw new ConsoleError('openbao_share_repeated');
    const count = await this.#deps.count();
    const others = this.#given;
    this.#given = [...others, share];
    this.#last = this.#deps.now();
    if (this.#given.length < count.threshold) return;
    try {
      this.#quorum = await this.#fitting(share, others, count);
    } catch (error) {
      // Nobody knows yet what this share is worth; it can be given again.
      this.#given = others;
      throw error;
    }
    this.#doubtful = this.#quorum === undefined;
    if (!this.#doubtful) return;
    const given = this.#given.length;
    throw new ConsoleError(
      'recovery_shares_differ',
      { given },
      { changed: message('recovery.changed.kept') },
    );
  }

  /** The first quorum with this share that OpenBao accepts: those without it were tried before. */
  #fitting(
    share: string,
    others: readonly string[],
    count: ShareCount,
  ): Promise<readonly string[] | undefined> {
    return this.#deps.access(async ({ shares }) => {
      const attempt = await shares.attempt();
      if (attempt.started) {
        // One of ours whose answer was lost; its shares are tried anew.
        if (!isNoted(attempt, this.#trial)) throw new ConsoleError('recovery_busy', { path: 'shares' });
        await shares.cancel();
      }
      let tries = 0;
      for (const some of combinations(others, count.threshold - 1)) {
        tries += 1;
        if (tries > triesAtMost) return undefined;
        const candidate = [...some, share];
        this.#trial = aboutToBegin;
        const holds = await shares.hold(candidate, count, async (nonce) => void (this.#trial = nonce));
        this.#trial = undefined;
        if (holds) return candidate;
      }
      return undefined;
    });
  }
}
