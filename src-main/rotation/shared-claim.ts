import { hostname } from 'node:os';
import * as z from 'zod';
import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { message, type Message } from '../../shared/message.ts';
import type { Kv, KvSecret } from '../openbao/kv.ts';
import type { Claim, Claims } from '../operations/claims.ts';

/** Where the console that rotates says so. */
export const claimPath = 'bootroot/console/claim';

/** A claim that was not renewed for so long is of a console that is dead or asleep, milliseconds of OpenBao's clock. */
const staleMs = 90_000;
const renewMs = 20_000;
/** How often a claim that several want is tried. */
const attempts = 3;

const claimSchema = z.object({
  operation: z.string(),
  kind: z.string(),
  actor: z.string(),
  /** Host and work directory: there the operation lock keeps consoles apart, so its holder may take over what was left there. */
  place: z.string(),
});
type Written = z.infer<typeof claimSchema>;

export interface ClaimSource {
  /** Throws `no_openbao_session`. */
  readonly kv: () => Kv;
  /** By how much OpenBao's clock is ahead, milliseconds. */
  readonly clockSkewMs: () => Promise<number | undefined>;
  /** The work directory. */
  readonly root: string;
  readonly now: () => number;
}

/** Without a session or the right to write there nobody is kept apart; whoever then runs at once meets check-and-set. */
const cannotTell = (error: unknown): boolean =>
  isConsoleError(error, 'no_openbao_session') || isConsoleError(error, 'openbao_forbidden');

/**
 * One rotation at a time over all hosts with the same OpenBao, whatever work directory each has: a document there, written with
 * check-and-set, renewed while it runs, and taken over when its console is dead.
 */
export class SharedClaims implements Claims {
  readonly #source: ClaimSource;
  readonly #place: string;

  constructor(source: ClaimSource) {
    this.#source = source;
    this.#place = `${hostname()} ${source.root}`;
  }

  /** Who works there now, if it is somebody elsewhere. */
  async #elsewhere(found: KvSecret | undefined): Promise<Written | undefined> {
    const read = claimSchema.safeParse(found?.data);
    if (!read.success || read.data.place === this.#place) return undefined;
    const skew = (await this.#source.clockSkewMs()) ?? 0;
    const age = this.#source.now() + skew - Date.parse(found?.createdAt ?? '');
    // Where the age is not known it counts as fresh.
    return age > staleMs ? undefined : read.data;
  }

  async other(kind: string): Promise<Message | undefined> {
    if (!isRotation(kind)) return undefined;
    try {
      const other = await this.#elsewhere(await this.#source.kv().read(claimPath));
      if (other === undefined) return undefined;
      return message('operation.precondition.elsewhere', about(other));
    } catch {
      // Why OpenBao cannot be asked is another precondition.
      return undefined;
    }
  }

  async take(
    { id, kind }: { readonly id: string; readonly kind: string },
    actor: string,
  ): Promise<Claim | undefined> {
    if (!isRotation(kind)) return undefined;
    const wanted: Written = { operation: id, kind, actor, place: this.#place };
    try {
      return await this.#take(wanted);
    } catch (error) {
      if (!cannotTell(error)) throw error;
      return {
        note: message('operation.unclaimed'),
        hold: async () => undefined,
        release: async () => undefined,
      };
    }
  }

  async #take(wanted: Written): Promise<Claim> {
    const kv = this.#source.kv();
    for (let attempt = 1; ; attempt += 1) {
      const found = await kv.read(claimPath);
      const other = await this.#elsewhere(found);
      if (other !== undefined) throw new ConsoleError('operation_elsewhere', about(other));
      // Who reads data may not read metadata; only where somebody deleted the document do its versions count on.
      const deleted = found === undefined && attempt > 1 ? await kv.metadata(claimPath) : undefined;
      try {
        const cas = found?.version ?? deleted?.currentVersion ?? 0;
        return new HeldClaim(this.#source, wanted, (await kv.write(claimPath, wanted, { cas })).version);
      } catch (error) {
        // Somebody was faster; whoever it is stands there now.
        if (!isConsoleError(error, 'openbao_conflict') || attempt === attempts) throw error;
      }
    }
  }
}

const isRotation = (kind: string): boolean => kind.startsWith('rotate.');

const about = ({ actor, kind, place }: Written) => ({ actor, kind, place });

/** The claim of one operation, renewed while it runs. */
class HeldClaim implements Claim {
  readonly #source: ClaimSource;
  readonly #written: Written;
  readonly #timer: NodeJS.Timeout;
  #version: number;
  #renewedAt: number;
  #lost = false;
  #renewing: Promise<void> | undefined;

  constructor(source: ClaimSource, written: Written, version: number) {
    this.#source = source;
    this.#written = written;
    this.#version = version;
    this.#renewedAt = source.now();
    this.#timer = setInterval(() => void this.#renew(), renewMs);
    this.#timer.unref();
  }

  /** One at a time. Keeps to itself why OpenBao did not answer: the steps meet that themselves. */
  #renew(): Promise<void> {
    this.#renewing ??= this.#write(this.#written).finally(() => (this.#renewing = undefined));
    return this.#renewing;
  }

  async #write(data: Written | Record<string, never>): Promise<void> {
    if (this.#lost) return;
    const kv = this.#source.kv;
    try {
      this.#version = (await kv().write(claimPath, data, { cas: this.#version })).version;
      this.#renewedAt = this.#source.now();
    } catch (error) {
      if (isConsoleError(error, 'openbao_conflict')) await this.#look().catch(() => undefined);
    }
  }

  /** After a conflict: an own write whose answer was lost, or somebody who took over. */
  async #look(): Promise<void> {
    const found = await this.#source.kv().read(claimPath);
    const read = claimSchema.safeParse(found?.data);
    if (read.success && read.data.operation === this.#written.operation) this.#version = found?.version ?? 0;
    else this.#lost = true;
  }

  async hold(): Promise<void> {
    if (this.#source.now() - this.#renewedAt >= renewMs) await this.#renew();
    if (this.#lost) throw new ConsoleError('operation_overtaken');
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#renewing?.catch(() => undefined);
    await this.#write({});
  }
}
