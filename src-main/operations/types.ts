import type * as z from 'zod';
import type {
  Effect,
  OperationLog,
  Plan,
  Precondition,
  Proof,
  SecretInput,
} from '../../shared/contract/operations.ts';
import type { Message } from '../../shared/message.ts';

/** Where a step keeps a new secret so that no crash can lose it: 0600 files of this operation, removed when it ends. */
export interface Stage {
  /** The staged value, or undefined. */
  read(name: string): Promise<string | undefined>;
  /** Writes it durably (file and directory flushed) before it returns. */
  write(name: string, value: string): Promise<void>;
  /** The staged value, made and written first if there is none: the same answer before and after a crash. */
  once(name: string, make: () => string | Promise<string>): Promise<string>;
  remove(name: string): Promise<void>;
}

/** What a step is given while it runs. */
export interface Run {
  readonly operationId: string;
  /** Aborted when the operator cancels; long waits inside a step honour it. */
  readonly signal: AbortSignal;
  readonly stage: Stage;
  log(message: Message, level?: OperationLog['level']): void;
  /** Progress inside this step, 0 to 1. */
  progress(fraction: number): void;
  /** A secret the operator gave for this run; throws `secret_missing` when it was not given. */
  secret(name: string): string;
  prove(proof: Omit<Proof, 'at'>): void;
  /** Records fingerprints, never values. */
  changed(what: string, before: string | undefined, after: string | undefined): void;
}

/**
 * A step's id is stable: after a crash the definition makes its steps again from the same input and the journal finds them by id.
 * `check` says whether the effect is already there, which is what makes a step safe to run again. It must not have effects.
 */
export interface Step {
  readonly id: string;
  readonly title: Message;
  readonly effects: readonly Effect[];
  /** Share of the progress bar; 1 unless said. */
  readonly weight?: number;
  check(run: Run): Promise<boolean>;
  apply(run: Run): Promise<void>;
  /**
   * Absent: what this step does cannot be undone. Called also for a step that was only half applied, and not for a skipped one,
   * whose effect was there before the operation. A step that is there for its undo alone therefore checks as not done.
   */
  undo?(run: Run): Promise<void>;
}

/** What a definition answers for an input. No effect. */
export interface Prepared {
  readonly title: Message;
  readonly summary: Message;
  readonly steps: readonly Step[];
  readonly preconditions: readonly Precondition[];
  readonly secretInputs?: readonly SecretInput[];
  readonly confirm: Plan['confirm'];
}

/** One kind of operation. `input` holds no secret: it is kept in the journal. */
export interface OperationDefinition<I = unknown> {
  readonly kind: string;
  readonly input: z.ZodType<I>;
  prepare(input: I): Promise<Prepared>;
  /**
   * What becomes of an earlier one of this kind that stopped half-way and writes the same. `first`: it must be resumed or undone before a
   * new one begins, for something would be lost (a secret that only its stage has, an old one that nobody would end). `superseded`: the
   * new one settles what it left, and it can no longer be resumed or undone, which would bring back what is out of force. Absent: the two
   * have nothing to do with each other.
   */
  readonly unfinished?: 'first' | 'superseded';
}
