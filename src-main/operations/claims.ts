import type { Message } from '../../shared/message.ts';
import type { Operation } from '../../shared/contract/operations.ts';

/** What keeps consoles apart that share no lock: those of other hosts, which work with the same servers. */
export interface Claims {
  /** Who is at work elsewhere with what this kind changes; undefined: nobody, or nobody can be asked. */
  other(kind: string): Promise<Message | undefined>;
  /**
   * From here on it is this operation, and nobody else's. Undefined: this kind needs no claim.
   * @throws `operation_elsewhere` naming who is at work
   */
  take(operation: Pick<Operation, 'id' | 'kind'>, actor: string): Promise<Claim | undefined>;
}

/** Held for as long as an operation runs. */
export interface Claim {
  /** What whoever reads the log should know of it. */
  readonly note?: Message;
  /** Before each step. @throws `operation_overtaken` when another console has taken over since, for this one was taken for dead */
  hold(): Promise<void>;
  /** Never throws: a claim that stays behind ends by itself. */
  release(): Promise<void>;
}
