import * as z from 'zod';
import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { VaultCaller } from './caller.ts';
import { OpenBaoClient } from './client.ts';
import { RootGeneration } from './root-generation.ts';
import * as schemas from './schemas.ts';
import { loginOf, type Login } from './token.ts';
import { OpenBaoTransport, type OpenBaoAddress } from './transport.ts';

export { OpenBaoClient } from './client.ts';
export type { Login } from './token.ts';
export type { OpenBaoAddress } from './transport.ts';

export interface SealStatus {
  readonly initialised: boolean;
  readonly sealed: boolean;
  readonly threshold: number;
  readonly shares: number;
  /** Shares given so far in the present attempt. */
  readonly progress: number;
  /** Of the present attempt; empty without one. */
  readonly nonce: string;
  readonly version: string;
  readonly storage: string;
  /** `shamir`, or what unseals by itself. */
  readonly type: string;
}

export interface Health {
  readonly initialised: boolean;
  readonly sealed: boolean;
  readonly standby: boolean;
  readonly version: string;
  /** The same on all members; a sealed one does not say. */
  readonly clusterId?: string;
  /** How far the server's clock is ahead of ours, milliseconds, to about a second. */
  readonly clockSkewMs?: number;
}

export interface InitAnswer {
  /** Unseal shares in hex. */
  readonly keys: readonly string[];
  readonly keysBase64: readonly string[];
  readonly rootToken: string;
}

/** One OpenBao (or Vault) by its address: what can be asked without a token, and clients for what needs one. */
export class OpenBao {
  readonly url: string;
  readonly #transport: OpenBaoTransport;
  readonly #caller: VaultCaller;

  constructor(transport: OpenBaoTransport) {
    this.#transport = transport;
    this.url = transport.url;
    this.#caller = new VaultCaller(transport.client(), this.url);
  }

  /** Each member of a cluster by itself, whoever leads; of a single server that one. */
  members(): readonly OpenBao[] {
    return this.#transport.members.map((url) => new OpenBao(this.#transport.member(url)));
  }

  /** The member of this address by itself, whether it is known as one or not. */
  member(url: string): OpenBao {
    return new OpenBao(this.#transport.member(url));
  }

  /** The same server; its calls end when the signal does, with `cancelled`. */
  withSignal(signal: AbortSignal): OpenBao {
    return new OpenBao(this.#transport.withSignal(signal));
  }

  /** Answers in every state of the server; throws only when nothing that is an OpenBao answers. */
  async health(now: () => number = Date.now): Promise<Health> {
    const answer = await this.#caller.probe('sys/health', schemas.healthSchema);
    const serverTime = answer.server_time_utc;
    return {
      initialised: answer.initialized,
      sealed: answer.sealed,
      standby: answer.standby,
      version: answer.version,
      ...(answer.cluster_id === undefined ? {} : { clusterId: answer.cluster_id }),
      ...(serverTime === undefined ? {} : { clockSkewMs: serverTime * 1000 - now() }),
    };
  }

  async #seal(start: Promise<ReturnType<typeof schemas.sealStatusSchema.parse>>): Promise<SealStatus> {
    const answer = await start;
    return {
      initialised: answer.initialized,
      sealed: answer.sealed,
      threshold: answer.t,
      shares: answer.n,
      progress: answer.progress,
      nonce: answer.nonce,
      version: answer.version,
      storage: answer.storage_type,
      type: answer.type,
    };
  }

  sealStatus(): Promise<SealStatus> {
    return this.#seal(this.#caller.probe('sys/seal-status', schemas.sealStatusSchema));
  }

  /** Who leads the cluster; `address` is empty while nobody does. */
  async leader(): Promise<{ readonly isSelf: boolean; readonly address: string }> {
    const answer = await this.#caller.read('sys/leader', schemas.leaderSchema);
    return { isSelf: answer.is_self, address: answer.leader_address };
  }

  async version(): Promise<string> {
    return (await this.health()).version;
  }

  /**
   * Initialises. The answer exists once: make it durable before anything else (failure mode C1).
   * Throws `openbao_already_initialised` when somebody was faster.
   */
  async init(request: { readonly shares: number; readonly threshold: number }): Promise<InitAnswer> {
    const body = { secret_shares: request.shares, secret_threshold: request.threshold };
    const answer = await this.#caller.ask('sys/init', body, schemas.initSchema);
    return { keys: answer.keys, keysBase64: answer.keys_base64, rootToken: answer.root_token };
  }

  /**
   * Makes a server that nobody has initialised a member of the cluster whose leader is at this address; it is sealed until it was given
   * the shares of that cluster.
   */
  async joinRaft(leaderUrl: string): Promise<void> {
    await this.#caller.write('sys/storage/raft/join', { leader_api_addr: leaderUrl });
  }

  /**
   * Gives one share, hex or base64. A share that was given already counts once and is no error here.
   * Throws `openbao_share_malformed`, and `openbao_shares_wrong` when the last one needed does not fit: the attempt starts anew.
   */
  unseal(share: string): Promise<SealStatus> {
    return this.#seal(this.#caller.ask('sys/unseal', { key: share.trim() }, schemas.sealStatusSchema));
  }

  /** As {@link unseal}, for a custodian: throws `openbao_share_repeated` when the share was given already. */
  async giveShare(share: string): Promise<SealStatus> {
    const before = await this.sealStatus();
    const after = await this.unseal(share);
    const same = before.nonce !== '' && before.nonce === after.nonce && before.progress === after.progress;
    if (after.sealed && same) throw new ConsoleError('openbao_share_repeated');
    return after;
  }

  /** Forgets the shares given so far. */
  unsealReset(): Promise<SealStatus> {
    return this.#seal(this.#caller.ask('sys/unseal', { reset: true }, schemas.sealStatusSchema));
  }

  /** AppRole login. Throws `openbao_credentials_refused`. */
  async login(roleId: string, secretId: string): Promise<Login> {
    const body = { role_id: roleId, secret_id: secretId };
    return loginOf(await this.#caller.ask('auth/approle/login', body, schemas.loginSchema));
  }

  /** Gives a token back; no client has to be made of it for that. */
  async revoke(token: string): Promise<void> {
    const headers = { 'X-Vault-Token': this.#token(token) };
    await this.#caller.write('auth/token/revoke-self', {}, { headers });
  }

  /**
   * Opens a wrapping token, which works once. Throws `openbao_unwrapped` when it expired or somebody else opened it: that is
   * an incident (failure mode C20).
   */
  async unwrapSecretId(wrapToken: string): Promise<{ readonly secretId: string; readonly accessor: string }> {
    const caller = new VaultCaller(this.#transport.client(this.#token(wrapToken)), this.url);
    const { data } = await caller.ask('sys/wrapping/unwrap', {}, schemas.secretIdSchema);
    return { secretId: data.secret_id, accessor: data.secret_id_accessor };
  }

  /** Whether a wrapping token can still be opened. Asking does not open it. */
  async wrapLives(wrapToken: string): Promise<boolean> {
    try {
      await this.#caller.ask('sys/wrapping/lookup', { token: this.#token(wrapToken) }, z.unknown());
      return true;
    } catch (error) {
      if (isConsoleError(error, 'openbao_unwrapped') || isConsoleError(error, 'openbao_forbidden'))
        return false;
      throw error;
    }
  }

  #token(token: string): string {
    const trimmed = token.trim();
    if (!/^[\x21-\x7e]{1,2048}$/.test(trimmed)) throw new ConsoleError('openbao_token_malformed');
    return trimmed;
  }

  /** A new root token from shares alone, where the server's own configuration allows that (it is off unless it does). */
  unauthedRootGeneration(): RootGeneration {
    return new RootGeneration(this.#caller, 'sys/generate-root');
  }

  /**
   * @param mount KV version 2 mount, `secret` unless said
   * @throws `openbao_token_malformed`
   */
  withToken(token: string, mount = 'secret'): OpenBaoClient {
    return new OpenBaoClient(this.#transport.client(this.#token(token)), this.url, mount);
  }
}

/** An OpenBao by its address. Nothing is asked yet. Throws `openbao_bad_url`, `tls_bundle_unreadable`. */
export function createOpenBao(address: OpenBaoAddress): OpenBao {
  return new OpenBao(new OpenBaoTransport(address));
}
