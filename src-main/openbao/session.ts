import { ConsoleError, errorMessages, isConsoleError } from '../../shared/errors.ts';
import { message, type Message } from '../../shared/message.ts';
import type { OpenBao, OpenBaoClient } from './openbao.ts';

export interface SessionStatus {
  readonly state: 'none' | 'live' | 'lost';
  readonly method?: 'token' | 'approle';
  readonly policies: readonly string[];
  readonly isRoot: boolean;
  readonly renewable: boolean;
  /** Unix milliseconds; absent: the token does not expire. */
  readonly expiresAt?: number;
  /** Lost: why. Live: that a root token is in use, or that the last renewal failed. */
  readonly problem?: Message;
}

interface Live {
  readonly client: OpenBaoClient;
  readonly method: 'token' | 'approle';
  readonly policies: readonly string[];
  readonly renewable: boolean;
  /** Unix milliseconds; Infinity for a token that does not expire. */
  readonly expiresAt: number;
  readonly renewAt: number;
  readonly lookedAt: number;
  readonly problem?: Message;
}

export interface SessionOptions {
  /** KV version 2 mount. */
  readonly mount: string;
  /** Unix milliseconds. */
  readonly now?: () => number;
  readonly onChange?: (status: SessionStatus) => void;
}

const checkMs = 10_000;
/** A token that is revoked elsewhere is noticed this late at most. */
const lookMs = 60_000;

const why = (error: unknown): Message =>
  isConsoleError(error) ? errorMessages(error.data).what : message('error.internal.what');

/**
 * The core's session with one OpenBao. The token is only here, in memory. It is renewed at 4/5 of its life, looked at
 * every 10 s; when OpenBao refuses it the session is lost and says so, and nobody logs in again in silence: the secret_id
 * may have expired, and the operator has to know.
 */
export class OpenBaoSession {
  readonly #openbao: OpenBao;
  readonly #mount: string;
  readonly #now: () => number;
  readonly #onChange: (status: SessionStatus) => void;
  readonly #timer: NodeJS.Timeout;
  #live: Live | undefined;
  #lost: Message | undefined;
  #looking = false;

  constructor(openbao: OpenBao, options: SessionOptions) {
    this.#openbao = openbao;
    this.#mount = options.mount;
    this.#now = options.now ?? Date.now;
    this.#onChange = options.onChange ?? (() => undefined);
    this.#timer = setInterval(() => void this.tick(), checkMs);
    this.#timer.unref();
  }

  /** The client of the live session. Throws `no_openbao_session`. */
  client(): OpenBaoClient {
    if (this.#live === undefined || this.#live.expiresAt <= this.#now())
      throw new ConsoleError('no_openbao_session');
    return this.#live.client;
  }

  status(): SessionStatus {
    const live = this.#live;
    if (live === undefined) {
      const nothing = { policies: [], isRoot: false, renewable: false };
      return this.#lost === undefined
        ? { state: 'none', ...nothing }
        : { state: 'lost', ...nothing, problem: this.#lost };
    }
    const isRoot = live.policies.includes('root');
    const problem = live.problem ?? (isRoot ? message('openbao.session.root_live') : undefined);
    return {
      state: 'live',
      method: live.method,
      policies: live.policies,
      isRoot,
      renewable: live.renewable,
      ...(Number.isFinite(live.expiresAt) ? { expiresAt: live.expiresAt } : {}),
      ...(problem === undefined ? {} : { problem }),
    };
  }

  /** Takes a token over after it was looked up. Throws `openbao_forbidden` for one that OpenBao does not know. */
  async useToken(token: string): Promise<void> {
    const client = this.#openbao.withToken(token, this.#mount);
    const { policies, ttl, renewable } = await client.token.lookupSelf();
    await this.#begin({ client, method: 'token', policies, renewable }, ttl);
  }

  /** Throws `openbao_credentials_refused`. */
  async useAppRole(roleId: string, secretId: string): Promise<void> {
    const { token, policies, ttl, renewable } = await this.#openbao.login(roleId, secretId);
    const client = this.#openbao.withToken(token, this.#mount);
    await this.#begin({ client, method: 'approle', policies, renewable }, ttl);
  }

  async #begin(
    session: Pick<Live, 'client' | 'method' | 'policies' | 'renewable'>,
    ttl: number,
  ): Promise<void> {
    const previous = this.#live;
    this.#live = { ...session, ...this.#life(ttl) };
    this.#lost = undefined;
    this.#onChange(this.status());
    await revokeOwn(previous);
  }

  /** @param ttl seconds; 0 never expires */
  #life(ttl: number): Pick<Live, 'expiresAt' | 'renewAt' | 'lookedAt'> {
    const lookedAt = this.#now();
    if (ttl === 0) return { expiresAt: Infinity, renewAt: Infinity, lookedAt };
    return { expiresAt: lookedAt + ttl * 1000, renewAt: lookedAt + ttl * 800, lookedAt };
  }

  /** One look at the clock; called by the timer, one at a time. */
  async tick(): Promise<void> {
    if (this.#looking || this.#live === undefined) return;
    this.#looking = true;
    try {
      await this.#look(this.#live);
    } finally {
      this.#looking = false;
    }
  }

  async #look(live: Live): Promise<void> {
    const now = this.#now();
    if (now >= live.expiresAt) {
      this.#lose(live, live.problem ?? message('openbao.session.expired'));
      return;
    }
    try {
      if (live.renewable && now >= live.renewAt) {
        const { ttl, renewable } = await live.client.token.renewSelf();
        this.#replace(live, { ...withoutProblem(live), renewable, ...this.#life(ttl) });
      } else if (now - live.lookedAt >= lookMs) {
        const { policies } = await live.client.token.lookupSelf();
        this.#replace(live, { ...withoutProblem(live), policies, lookedAt: now });
      }
    } catch (error) {
      // What passes by itself (sealed, restarting) is tried again until the token's own end.
      if (isConsoleError(error, 'openbao_forbidden')) this.#lose(live, message('openbao.session.refused'));
      else this.#replace(live, { ...live, problem: why(error) });
    }
  }

  #replace(live: Live, next: Live): void {
    if (this.#live !== live) return;
    this.#live = next;
    this.#onChange(this.status());
  }

  #lose(live: Live, problem: Message): void {
    if (this.#live !== live) return;
    this.#live = undefined;
    this.#lost = problem;
    this.#onChange(this.status());
  }

  /** Ends the session; an AppRole's token is revoked, one that the operator gave is only forgotten. */
  async end(): Promise<void> {
    const live = this.#live;
    this.#live = undefined;
    this.#lost = undefined;
    this.#onChange(this.status());
    await revokeOwn(live);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

function withoutProblem({ problem: _gone, ...live }: Live): Live {
  return live;
}

/** Nobody waits longer for the end of a console because OpenBao does not answer. */
const revokeMs = 3_000;

/** A token that the console got for itself is of no use to anybody afterwards; if it cannot be revoked now, it expires. */
async function revokeOwn(live: Live | undefined): Promise<void> {
  if (live?.method !== 'approle') return;
  await live.client.token.revokeSelf({ timeoutMs: revokeMs }).catch(() => undefined);
}
