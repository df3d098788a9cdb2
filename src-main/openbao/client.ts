import type { client as VaultClient } from 'node-vault';
import { AppRole } from './approle.ts';
import { VaultCaller } from './caller.ts';
import { Kv } from './kv.ts';
import { mountName } from './path.ts';
import { Raft } from './raft.ts';
import { Recovery } from './recovery.ts';
import * as schemas from './schemas.ts';
import { Audit, Auth, Mounts, Policies } from './system.ts';
import { TokenAccessors } from './token-accessors.ts';
import { Token } from './token.ts';

/** OpenBao refuses a body with a thousand texts and more. */
const pathsPerCall = 500;

/** OpenBao with a token. */
export class OpenBaoClient {
  readonly kv: Kv;
  readonly mounts: Mounts;
  readonly auth: Auth;
  readonly policies: Policies;
  readonly approle: AppRole;
  readonly token: Token;
  readonly audit: Audit;
  readonly raft: Raft;
  readonly recovery: Recovery;
  readonly accessors: TokenAccessors;
  /** For calls that one task alone makes. */
  readonly caller: VaultCaller;

  /** @param mount KV version 2 mount */
  constructor(vault: VaultClient, url: string, mount: string) {
    const caller = new VaultCaller(vault, url);
    this.caller = caller;
    this.kv = new Kv(caller, mountName(mount));
    this.mounts = new Mounts(caller);
    this.auth = new Auth(caller);
    this.policies = new Policies(caller);
    this.approle = new AppRole(caller);
    this.token = new Token(caller);
    this.audit = new Audit(caller);
    this.raft = new Raft(caller);
    this.accessors = new TokenAccessors(caller);
    this.recovery = new Recovery(caller, (paths) => this.capabilities(paths));
  }

  /** What this token may do at each path, for example `['create', 'update']`; `['deny']` for nothing. */
  async capabilities(paths: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const found = new Map<string, readonly string[]>();
    for (let at = 0; at < paths.length; at += pathsPerCall) {
      const some = paths.slice(at, at + pathsPerCall);
      const { data } = await this.caller.ask(
        'sys/capabilities-self',
        { paths: some },
        schemas.capabilitiesSchema,
      );
      for (const path of some) {
        const granted = data[path];
        found.set(path, Array.isArray(granted) ? granted.map(String) : []);
      }
    }
    return found;
  }

  /** Seals the server; every use of it ends until the shares are given again. */
  seal(): Promise<void> {
    return this.caller.write('sys/seal');
  }
}
