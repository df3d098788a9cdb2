import { ConnectionFailure } from '../tls/failure.ts';
import type { Exchange, ExchangeAnswer } from './exchange.ts';

/** What one look at a member found. */
type MemberLook = 'leader' | 'follower' | 'sealed' | 'silent';

/** Milliseconds: for one look at a member, how long a leader that was found is believed to lead, and how long an election may take. */
const lookMs = 2_000;
const believeMs = 2_000;
const usualElectionMs = 20_000;
/** Between two looks while nobody leads, milliseconds. */
export const betweenLooksMs = 250;

/** What a member says that did nothing of what it was asked: another one may be asked whatever it was. */
const declined =
  /active cluster node not found|node is not active|node not active|is sealed|not initialized/i;

export const didNothing = (answer: ExchangeAnswer): boolean =>
  [307, 308].includes(answer.status) ||
  (answer.status >= 500 && declined.test(answer.body.toString('latin1', 0, 500)));

/** No connection came about, so nothing was asked. */
export const neverSent = (failure: unknown): boolean =>
  failure instanceof ConnectionFailure &&
  (['refused', 'not_resolved', 'unreachable'].includes(failure.kind) ||
    failure.code === 'ERR_CONNECT_TIMEOUT');

/** By the status of `sys/health`, where no parameter changes it. */
const looks: Readonly<Record<number, MemberLook>> = {
  200: 'leader',
  429: 'follower',
  472: 'follower',
  473: 'follower',
  501: 'sealed',
  503: 'sealed',
};

const worth: Readonly<Record<MemberLook, number>> = { leader: 0, follower: 1, sealed: 2, silent: 3 };

/**
 * Which member of a cluster is asked. It is the leader: followers answer reads from their own copy, which may be behind, and
 * whoever looks whether his write took effect must not be shown the past.
 */
export class ClusterRoute {
  readonly #urls: readonly string[];
  readonly #exchange: Exchange;
  readonly #electionMs: number;
  readonly #now: () => number;
  #leader: { readonly url: string; readonly until: number } | undefined;
  #looking: Promise<{ readonly url: string; readonly look: MemberLook }> | undefined;
  #leaderlessSince: number | undefined;

  constructor(
    urls: readonly string[],
    exchange: Exchange,
    electionMs = usualElectionMs,
    now: () => number = Date.now,
  ) {
    this.#urls = urls;
    this.#exchange = exchange;
    this.#electionMs = electionMs;
    this.#now = now;
  }

  /** Without the signal of any one caller: the others wait for the answer too. */
  async #look(url: string): Promise<MemberLook> {
    try {
      const { status } = await this.#exchange({
        url: `${url}/v1/sys/health`,
        method: 'GET',
        headers: {},
        connectMs: lookMs,
        totalMs: lookMs,
        maxBytes: 65_536,
      });
      return looks[status] ?? 'silent';
    } catch {
      return 'silent';
    }
  }

  /** The leader, or the member most worth asking while nobody leads. Callers at the same time share one look. */
  async find(): Promise<{ readonly url: string; readonly look: MemberLook }> {
    const known = this.#leader;
    if (known !== undefined && known.until > this.#now()) return { url: known.url, look: 'leader' };
    this.#looking ??= this.#lookAround().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async #lookAround(): Promise<{ readonly url: string; readonly look: MemberLook }> {
    const looks = await Promise.all(this.#urls.map(async (url) => ({ url, look: await this.#look(url) })));
    const [best] = [...looks].sort((one, other) => worth[one.look] - worth[other.look]);
    if (best === undefined) throw new Error('a cluster without members');
    if (best.look === 'leader') {
      this.#leader = { url: best.url, until: this.#now() + believeMs };
      this.#leaderlessSince = undefined;
    } else {
      this.#leader = undefined;
      this.#leaderlessSince ??= this.#now();
    }
    return best;
  }

  /** The one that was thought to lead did not answer, or does not lead. */
  forget(url: string): void {
    if (this.#leader?.url === url) this.#leader = undefined;
  }

  /**
   * Whether waiting for a leader makes sense: an election takes seconds. Counted from when the leader was missed first, so a
   * cluster that lost its majority for good does not make every single call wait.
   */
  mayHope(): boolean {
    return this.#now() - (this.#leaderlessSince ?? this.#now()) < this.#electionMs;
  }
}
