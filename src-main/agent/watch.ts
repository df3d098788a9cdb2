import { createHash } from 'node:crypto';
import { isConsoleError } from '../../shared/errors.ts';
import { readServiceFiles } from '../issuance/set-files.ts';
import type { Profile } from './config.ts';
import type { RenewalResult } from './renewal.ts';

export interface WatchDeps {
  readonly random: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly check: (profile: Profile, signal: AbortSignal) => Promise<RenewalResult>;
  /** Told of what ends the whole agent. */
  readonly fatal: (error: unknown) => void;
}

/** An urgent certificate is looked at again this soon, however long the interval. */
const emergencyMs = 5 * 60_000;

/** What the files of a set hold, as one word; undefined while leaf or key are not there. */
function contentOf(profile: Profile): string | undefined {
  try {
    const { certPem, keyPem, bundlePem } = readServiceFiles(profile);
    if (certPem === undefined || keyPem === undefined) return undefined;
    const hash = createHash('sha256');
    for (const text of [certPem, keyPem, bundlePem ?? '']) hash.update(`${text.length.toString()}\n${text}`);
    return hash.digest('hex');
  } catch {
    return undefined;
  }
}

/** Looks after one certificate: a check at once, then at intervals, until it is told to stop. */
export class Watch {
  readonly profile: Profile;
  /** Resolves when it has stopped; what was being installed is then whole. */
  readonly done: Promise<void>;
  readonly #deps: WatchDeps;
  readonly #stop = new AbortController();
  /** Of the pause until the next check; undefined while a check is under way. */
  #pause: AbortController | undefined;
  #asked = false;
  #failed = false;
  #content: string | undefined;

  constructor(profile: Profile, deps: WatchDeps) {
    this.profile = profile;
    this.#deps = deps;
    this.done = this.#loop().catch((error: unknown) => {
      if (!isConsoleError(error, 'cancelled')) deps.fatal(error);
    });
  }

  /** Ends waiting, and the orders that it began; also those that were asked for meanwhile. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  stop(): void {
    this.#stop.abort();
    this.#pause?.abort();
  }

  /**
   * The configuration was read again and says the same of this certificate. Its next check stays where it is, and nothing that is under
   * way is broken off, unless there is something to do: the last try failed, or somebody replaced or removed its files, which is how
   * the bootroot tools ask for a new certificate.
   */
  lookIfNeeded(): void {
    this.#asked = true;
    if (this.#pause !== undefined && this.#isNeeded()) this.#pause.abort();
  }

  #isNeeded(): boolean {
    if (this.#failed) return true;
    const content = contentOf(this.profile);
    return content === undefined || content !== this.#content;
  }

  async #wait(ms: number): Promise<void> {
    this.#pause = new AbortController();
    try {
      await this.#deps.sleep(ms, this.#pause.signal);
    } catch (error) {
      // Woken early, or stopped, which the loop sees itself.
      if (!isConsoleError(error, 'cancelled')) throw error;
    } finally {
      this.#pause = undefined;
    }
  }

  async #loop(): Promise<void> {
    const { profile } = this;
    const { check, random } = this.#deps;
    while (!this.signal.aborted) {
      this.#asked = false;
      // Before the look: files that are removed while it is under way are missed afterwards.
      this.#content = contentOf(profile);
      const result = await check(profile, this.signal);
      this.#failed = result.outcome === 'failed';
      if (result.outcome === 'renewed') this.#content = contentOf(profile);
      if (this.signal.aborted) return;
      if (this.#asked && this.#isNeeded()) continue;
      const urgent = this.#failed && result.reasons.includes('emergency');
      const interval = profile.checkIntervalMs + random() * profile.checkJitterMs;
      await this.#wait(urgent ? Math.min(interval, emergencyMs) : interval);
    }
  }
}
