import type { X509Certificate } from 'node:crypto';
import { isConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import { renewalMoment } from '../acme/renewal-info.ts';
import { sha256 } from '../tls/certificates.ts';
import type { IssuerPort } from './issuer.ts';
import type { AgentLog } from './log.ts';

export interface AdviceDeps {
  readonly issuer: Pick<IssuerPort, 'advice'>;
  readonly log: AgentLog;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly random: () => number;
}

/** When the CA would have a leaf renewed, Unix milliseconds, and where it explains that. */
export interface Advice {
  readonly at: number;
  readonly explanationUrl?: string;
}

interface Known {
  /** Undefined: this CA gives none. */
  readonly advice?: Advice;
  readonly window?: string;
  readonly askAgain: number;
}

/** RFC 9773 §4.3.2: asked again neither more often nor more seldom than this, whatever the CA says. */
const [leastMs, mostMs] = [60_000, 86_400_000];
const withoutAdviceMs = 6 * 3_600_000;
const longestSilenceMs = 3_600_000;
const mostLeaves = 20_000;

/**
 * What the CA advised for each leaf (RFC 9773), and the moment that was drawn from its window; asked again when the CA says so. While it
 * does not answer, what it said last still holds, and it is asked ever more seldom, for all leaves together.
 */
export class AdviceCache {
  readonly #known = new Map<string, Known>();
  #failures = 0;
  #silentUntil = 0;

  /** Undefined: there is no advice for this leaf. Never throws. */
  async of(leaf: X509Certificate, deps: AdviceDeps, signal: AbortSignal): Promise<Advice | undefined> {
    const id = sha256(leaf);
    const known = this.#known.get(id);
    const now = deps.now();
    if (now < (known?.askAgain ?? 0) || now < this.#silentUntil) return known?.advice;
    try {
      const next = await this.#ask(leaf, known, deps, signal);
      this.#failures = 0;
      if (this.#known.size > mostLeaves) this.#known.clear();
      this.#known.set(id, next);
      return next.advice;
    } catch (error) {
      if (!isConsoleError(error, 'cancelled')) this.#failed(error, deps);
      return known?.advice;
    }
  }

  async #ask(
    leaf: X509Certificate,
    known: Known | undefined,
    deps: AdviceDeps,
    signal: AbortSignal,
  ): Promise<Known> {
    const info = await deps.issuer.advice(leaf.toString(), signal);
    if (info === undefined) return { askAgain: deps.now() + withoutAdviceMs };
    const askAgain = deps.now() + Math.min(mostMs, Math.max(leastMs, info.retryAfterSecs * 1000));
    const window = `${info.start} ${info.end}`;
    // Drawn once for a window: drawn anew at each answer, it would end up near the window's beginning for everybody.
    if (known?.advice !== undefined && known.window === window) return { ...known, askAgain };
    const { explanationUrl } = info;
    const at = renewalMoment(info, deps.random).getTime();
    return { askAgain, window, advice: { at, ...(explanationUrl === undefined ? {} : { explanationUrl }) } };
  }

  #failed(error: unknown, { log, now }: AdviceDeps): void {
    // Those who asked at the same time failed together.
    if (now() < this.#silentUntil) return;
    const asked = isConsoleError(error) ? Number(error.data.params['seconds'] ?? 0) * 1000 : 0;
    const growing = Math.min(longestSilenceMs, leastMs * 2 ** Math.min(this.#failures, 10));
    this.#silentUntil = now() + Math.max(growing, Math.min(mostMs, asked));
    this.#failures += 1;
    log(message('agent.log.advice_failed'), 'warn', { error });
  }
}
