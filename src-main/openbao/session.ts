import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import type { OpenBao, OpenBaoClient } from './openbao.ts';

export interface SessionStatus {
  readonly state: 'none' | 'live' | 'lost';
  readonly method?: 'token' | 'approle';
  readonly policies: readonly string[];
  readonly isRoot: boolean;
  /** Unix milliseconds; absent: the token does not expire. */
  readonly expiresAt?: number;
}

interface Live {
  readonly client: OpenBaoClient;
  readonly method: 'token' | 'approle';
  readonly policies: readonly string[];
  readonly renewable: boolean;
  /** Unix milliseconds; Infinity for a token that does not expire. */
  readonly expiresAt: number;
  readonly renewAt: number;
}

const checkMs = 10_000;

/**
 * The core's session with one OpenBao. The token is only here, in memory. It is renewed at 4/5 of its life, looked at
 * every 10 s; when that fails the session is lost and says so, and nobody logs in again in silence: the secret_id may have
 * expired, and the operator has to know.
 */
export class OpenBaoSession {
  readonly #openbao: OpenBao;
  readonly #mount: string;
  readonly #now: () => number;
  readonly #onChange: (status: SessionStatus) => void;
  readonly #timer: NodeJS.Timeout;
  #live: Live | undefined;
  #lost = false;

  constructor(
    openbao: OpenBao,
    options: {
      readonly mount: string;
      readonly now?: () => number;
      readonly onChange?: (status: SessionStatus) => void;
    },
  ) {
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
    if (live === undefined) return { state: this.#lost ? 'lost' : 'none', policies: [], isRoot: false };
    return {
      state: 'live',
      method: live.method,
      policies: live.policies,
      isRoot: live.policies.includes('root'),
      ...(Number.isFinite(live.expiresAt) ? { expiresAt: live.expiresAt } : {}),
    };
  }

  /** Takes a token over after it was looked up. Throws `openbao_forbidden` for one that OpenBao does not know. */
  async useToken(token: string): Promise<void> {
    const client = this.#openbao.withToken(token, this.#mount);
    const { policies, ttl, renewable } = await client.token.lookupSelf();
    this.#begin({ client, method: 'token', policies, renewable }, ttl);
  }

  /** Throws `openbao_bad_request` when the credentials are refused. */
  async useAppRole(roleId: string, secretId: string): Promise<void> {
    const login = await this.#openbao.login(roleId, secretId);
    const client = this.#openbao.withToken(login.token, this.#mount);
    this.#begin(
      { client, method: 'approle', policies: login.policies, renewable: login.renewable },
      login.ttl,
    );
  }

  #begin(session: Omit<Live, 'expiresAt' | 'renewAt'>, ttl: number): void {
    const previous = this.#live;
    this.#live = { ...session, ...this.#life(ttl) };
    this.#lost = false;
    this.#onChange(this.status());
    if (previous?.method === 'approle') previous.client.token.revokeSelf().catch(() => undefined);
  }

  /** @param ttl seconds; 0 never expires */
  #life(ttl: number): { expiresAt: number; renewAt: number } {
    if (ttl === 0) return { expiresAt: Infinity, renewAt: Infinity };
    return { expiresAt: this.#now() + ttl * 1000, renewAt: this.#now() + ttl * 800 };
  }

  /** One look at the clock; called by the timer. */
  async tick(): Promise<void> {
    const live = this.#live;
    if (live === undefined || this.#now() < live.renewAt) return;
    try {
      if (!live.renewable) throw new ConsoleError('no_openbao_session');
      const { ttl } = await live.client.token.renewSelf();
      if (this.#live === live) this.#live = { ...live, ...this.#life(ttl) };
    } catch (error) {
      // What passes by itself (sealed, restarting) is tried again until the token's own end.
      const refused =
        isConsoleError(error, 'openbao_forbidden') || isConsoleError(error, 'no_openbao_session');
      if (refused || this.#now() >= live.expiresAt) this.#lose(live);
    }
    this.#onChange(this.status());
  }

  #lose(live: Live): void {
    if (this.#live !== live) return;
    this.#live = undefined;
    this.#lost = true;
  }

  /** Ends the session; an AppRole's token is revoked, one that the operator gave is only forgotten. */
  async end(): Promise<void> {
    const live = this.#live;
    this.#live = undefined;
    this.#lost = false;
    this.#onChange(this.status());
    if (live?.method === 'approle') await live.client.token.revokeSelf().catch(() => undefined);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
