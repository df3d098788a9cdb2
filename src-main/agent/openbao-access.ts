import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { createOpenBao, type OpenBao, type OpenBaoClient } from '../openbao/openbao.ts';
import { readTextFile } from '../workspace/atomic.ts';
import type { FastPollConfig } from './config.ts';

/** Between two logins, whatever the reason. */
const leastLoginGapMs = 5_000;

/** By which bundle OpenBao is trusted; undefined: it needs none. @throws `file_missing`, and what reading refuses */
export async function caOf({ caBundlePath, url }: FastPollConfig): Promise<string | undefined> {
  if (caBundlePath === undefined || !url.startsWith('https:')) return undefined;
  return readTextFile(caBundlePath, { maxBytes: 4 * 1024 * 1024 });
}

/** The agent's AppRole session: token in memory only, a new login when it nears its end or is refused. */
export class OpenBaoAccess {
  readonly #config: FastPollConfig;
  readonly #now: () => number;
  readonly #openbao: OpenBao;
  #client: OpenBaoClient | undefined;
  #renewAt = 0;
  #lastLogin = Number.NEGATIVE_INFINITY;

  private constructor(config: FastPollConfig, openbao: OpenBao, now: () => number) {
    this.#config = config;
    this.#openbao = openbao;
    this.#now = now;
  }

  /**
   * @param ca what {@link caOf} read
   * @throws `openbao_bad_url`, `tls_bundle_unreadable`
   */
  static open(
    config: FastPollConfig,
    ca: string | undefined,
    now: () => number,
    signal: AbortSignal,
  ): OpenBaoAccess {
    const openbao = createOpenBao({ url: config.url, ...(ca === undefined ? {} : { ca }) });
    return new OpenBaoAccess(config, openbao.withSignal(signal), now);
  }

  async #credential(path: string): Promise<string> {
    return (await readTextFile(path, { maxBytes: 65_536 })).trim();
  }

  secretId(): Promise<string> {
    return this.#credential(this.#config.secretIdPath);
  }

  /** Whether OpenBao takes this secret_id with the role of this host. Throws when OpenBao does not say. */
  async accepts(secretId: string): Promise<boolean> {
    try {
      const { token } = await this.#openbao.login(await this.#credential(this.#config.roleIdPath), secretId);
      // The proof is done; a token that nobody uses need not live for an hour.
      await this.#openbao.revoke(token).catch(() => undefined);
      return true;
    } catch (error) {
      if (isConsoleError(error, 'openbao_credentials_refused')) return false;
      throw error;
    }
  }

  async #login(): Promise<OpenBaoClient> {
    const now = this.#now();
    if (now - this.#lastLogin < leastLoginGapMs)
      throw new ConsoleError('openbao_unavailable', { url: this.#config.url, status: 403 });
    this.#lastLogin = now;
    const roleId = await this.#credential(this.#config.roleIdPath);
    const login = await this.#openbao.login(roleId, await this.secretId());
    this.#client = this.#openbao.withToken(login.token, this.#config.kvMount);
    this.#renewAt = now + login.ttl * 800;
    return this.#client;
  }

  /** Runs with a live client; when the token is refused, once more after a new login. */
  async use<T>(job: (client: OpenBaoClient) => Promise<T>): Promise<T> {
    const live = this.#client !== undefined && this.#now() < this.#renewAt;
    const client = live && this.#client !== undefined ? this.#client : await this.#login();
    try {
      return await job(client);
    } catch (error) {
      if (!isConsoleError(error, 'openbao_forbidden') || !live) throw error;
      this.#client = undefined;
      return job(await this.#login());
    }
  }
}
