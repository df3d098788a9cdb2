import { readFile } from 'node:fs/promises';
import { timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import type { Ceremony } from '../../../shared/contract/openbao.ts';
import { ConsoleError } from '../../../shared/errors.ts';
import type { AuditLog } from '../../audit/audit-log.ts';
import { removeFile } from '../../workspace/atomic.ts';
import { openRecoveryFile, type InitSecrets } from '../local/share-keeper.ts';

/** What is remembered of a ceremony: names and states, never shares. */
const recordSchema = z.object({
  threshold: z.number().int(),
  custodians: z.array(z.object({ name: z.string(), state: z.enum(['waiting', 'shown', 'confirmed']) })),
});
export type CeremonyRecord = z.infer<typeof recordSchema>;

export interface CeremonyDeps {
  /** `secrets/openbao/recovery.age` */
  readonly recoveryFile: string;
  readonly settings: {
    read(name: string): Promise<unknown>;
    write(name: string, value: unknown): Promise<void>;
  };
  readonly audit: Pick<AuditLog, 'append'>;
  readonly now: () => number;
}

const setting = 'ceremony';
/** How long a shown share may stay on the screen, milliseconds. */
const shownMs = 120_000;

/**
 * Hands the unseal shares of a production installation to their custodians, one by one. Until the last has proved the note,
 * a recovery file under the operator's passphrase bridges a crash; then it is destroyed and no share is kept anywhere.
 */
export class ShareCeremony {
  readonly #deps: CeremonyDeps;

  constructor(deps: CeremonyDeps) {
    this.#deps = deps;
  }

  /** Called by the set-up: who will hold which share. */
  begin(names: readonly string[], threshold: number): Promise<void> {
    const record: CeremonyRecord = {
      threshold,
      custodians: names.map((name) => ({ name, state: 'waiting' })),
    };
    return this.#deps.settings.write(setting, record);
  }

  async #record(): Promise<CeremonyRecord | undefined> {
    const parsed = recordSchema.safeParse(await this.#deps.settings.read(setting));
    return parsed.success ? parsed.data : undefined;
  }

  async status(): Promise<Ceremony> {
    const record = await this.#record();
    if (record === undefined) return { state: 'none', threshold: 0, custodians: [] };
    const done = record.custodians.every(({ state }) => state === 'confirmed');
    return {
      state: done ? 'done' : 'open',
      threshold: record.threshold,
      custodians: record.custodians.map((custodian, index) => ({ index, ...custodian })),
    };
  }

  async #open(passphrase: string): Promise<InitSecrets> {
    let data: Buffer;
    try {
      data = await readFile(this.#deps.recoveryFile);
    } catch (cause) {
      throw new ConsoleError('setup_shares_missing', { path: this.#deps.recoveryFile }, { cause });
    }
    return openRecoveryFile(data, passphrase);
  }

  async #share(index: number, passphrase: string): Promise<{ record: CeremonyRecord; share: string }> {
    const record = await this.#record();
    const share = (await this.#open(passphrase)).keys[index];
    if (record?.custodians[index] === undefined || share === undefined)
      throw new ConsoleError('not_found', { what: 'custodian', name: String(index + 1) });
    return { record, share };
  }

  async #mark(record: CeremonyRecord, index: number, state: 'shown' | 'confirmed'): Promise<CeremonyRecord> {
    const next = {
      ...record,
      custodians: record.custodians.map((one, at) =>
        at === index && one.state !== 'confirmed' ? { ...one, state } : one,
      ),
    };
    await this.#deps.settings.write(setting, next);
    return next;
  }

  /** Shows one custodian's share. Audited before it is answered. Throws `wrong_passphrase`. */
  async reveal(
    index: number,
    passphrase: string,
    actor: string,
  ): Promise<{ share: string; expiresAt: number }> {
    const { record, share } = await this.#share(index, passphrase);
    await this.#audit(actor, 'ceremony.reveal', record, index);
    await this.#mark(record, index, 'shown');
    return { share, expiresAt: this.#deps.now() + shownMs };
  }

  /** The custodian types the last six characters of the note. Throws `ceremony_note_wrong`. */
  async confirm(index: number, passphrase: string, last: string, actor: string): Promise<Ceremony> {
    const { record, share } = await this.#share(index, passphrase);
    const expected = Buffer.from(share.slice(-6).toLowerCase());
    const given = Buffer.from(last.toLowerCase());
    if (expected.length !== given.length || !timingSafeEqual(expected, given))
      throw new ConsoleError('ceremony_note_wrong', { name: record.custodians[index]?.name ?? '' });
    const next = await this.#mark(record, index, 'confirmed');
    await this.#audit(actor, 'ceremony.confirm', record, index);
    if (next.custodians.every(({ state }) => state === 'confirmed')) {
      await removeFile(this.#deps.recoveryFile);
      await this.#audit(actor, 'ceremony.destroy', record, index);
    }
    return this.status();
  }

  #audit(actor: string, action: string, record: CeremonyRecord, index: number): Promise<void> {
    const custodian = record.custodians[index]?.name ?? '';
    return this.#deps.audit.append({
      actor,
      action,
      target: custodian,
      outcome: 'done',
      details: { custodian },
    });
  }
}
