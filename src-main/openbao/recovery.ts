import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import type { VaultCaller } from './caller.ts';
import { breakGlassPaths } from './policies.ts';
import { attemptSchema } from './recovery-answer.ts';
import { RootGeneration } from './root-generation.ts';
import { ShareRotation } from './share-rotation.ts';

/**
 * How new shares and a new root token are made here: `rotate` by authenticated paths (OpenBao since 2.5), `legacy` by
 * `sys/rekey` and `sys/generate-root`, `none`: by neither with this token (failure modes C19, C33).
 */
export type RecoveryInterface = 'rotate' | 'legacy' | 'none';

export interface BreakGlassProof {
  /** Both recoveries were started and cancelled, or one was under way already and was left alone. */
  readonly proved: boolean;
  readonly interface: RecoveryInterface;
  /** Paths that this token may not use. */
  readonly denied: readonly string[];
  /** Somebody's recovery that is under way, by its path; it was not touched. */
  readonly busy: readonly string[];
}

/** New shares and a new root token, by whichever paths. */
export interface RecoveryCalls {
  readonly kind: Exclude<RecoveryInterface, 'none'>;
  readonly shares: ShareRotation;
  readonly rootToken: RootGeneration;
}

const absent = ['openbao_no_path', 'openbao_no_route', 'openbao_bad_request', 'openbao_forbidden'] as const;

/** The paths by which unseal shares and root token are renewed. */
export class Recovery {
  readonly #caller: VaultCaller;
  readonly #capabilities: (paths: readonly string[]) => Promise<ReadonlyMap<string, readonly string[]>>;

  constructor(
    caller: VaultCaller,
    capabilities: (paths: readonly string[]) => Promise<ReadonlyMap<string, readonly string[]>>,
  ) {
    this.#caller = caller;
    this.#capabilities = capabilities;
  }

  async #answers(path: string): Promise<boolean> {
    try {
      await this.#caller.read(path, attemptSchema);
      return true;
    } catch (error) {
      if (absent.some((code) => isConsoleError(error, code))) return false;
      throw error;
    }
  }

  /** Asks; assumes nothing from a version. */
  async interface(): Promise<RecoveryInterface> {
    if (await this.#answers('sys/rotate/root/init')) return 'rotate';
    return (await this.#answers('sys/rekey/init')) ? 'legacy' : 'none';
  }

  /**
   * The two recoveries by the interface that this server really has for this token.
   * @throws `openbao_no_recovery` when it has neither
   */
  async calls(): Promise<RecoveryCalls> {
    const kind = await this.interface();
    if (kind === 'none') throw new ConsoleError('openbao_no_recovery', { url: this.#caller.url });
    const rotates = kind === 'rotate';
    return {
      kind,
      shares: new ShareRotation(this.#caller, rotates ? 'sys/rotate/root' : 'sys/rekey'),
      rootToken: new RootGeneration(this.#caller, rotates ? 'sys/generate-root-token' : 'sys/generate-root'),
    };
  }

  /** Starts and cancels; true when it did, false when an attempt of somebody else is under way. */
  async #startAndCancel(path: string, body: object): Promise<boolean> {
    if ((await this.#caller.read(path, attemptSchema)).started) return false;
    const { nonce } = await this.#caller.ask(path, body, attemptSchema);
    await this.#caller.remove(path, { json: { nonce } });
    return true;
  }

  /**
   * Proves that this token may begin both recoveries, by beginning and cancelling them: no share is asked for and nothing
   * changes. Finishing one still needs a quorum of share holders.
   * @param shares as the installation has them; what is started must be valid
   */
  async prove(shares: { readonly shares: number; readonly threshold: number }): Promise<BreakGlassProof> {
    const kind = await this.interface();
    if (kind === 'none') return { proved: false, interface: kind, denied: [...breakGlassPaths], busy: [] };
    const denied =
      kind === 'legacy'
        ? []
        : [...(await this.#capabilities(breakGlassPaths))]
            .filter(([, may]) => !may.includes('update') && !may.includes('root'))
            .map(([path]) => path);
    if (denied.length > 0) return { proved: false, interface: kind, denied, busy: [] };
    const body = { secret_shares: shares.shares, secret_threshold: shares.threshold };
    const attempts: readonly (readonly [string, object])[] =
      kind === 'rotate'
        ? [
            ['sys/rotate/root/init', body],
            ['sys/generate-root-token/attempt', {}],
          ]
        : [
            ['sys/rekey/init', body],
            ['sys/generate-root/attempt', {}],
          ];
    const busy: string[] = [];
    for (const [path, start] of attempts) {
      if (!(await this.#startAndCancel(path, start))) busy.push(path);
    }
    return { proved: true, interface: kind, denied: [], busy };
  }
}
