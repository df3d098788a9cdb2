import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import {
  channelSchema,
  silenceSchema,
  type Channel,
  type ChannelView,
  type Silence,
} from '../../shared/contract/notifications.ts';
import { ensureDirectory, readTextFileIfPresent, writeFileAtomic } from '../workspace/atomic.ts';

export interface SettingsStore {
  read(name: string): Promise<unknown>;
  write(name: string, value: unknown): Promise<void>;
}

const channelsSetting = 'notification-channels';
const silencesSetting = 'notification-silences';

const byId = (one: { readonly id: string }, other: { readonly id: string }): number =>
  one.id < other.id ? -1 : 1;

const wantsSecret = ({ delivery }: Channel): boolean =>
  delivery.type === 'webhook' || (delivery.type === 'mail' && delivery.username !== undefined);

/** Who is told, what is silent, and the secrets of the channels: each a 0600 file in `secrets/notifications/`. */
export class Channels {
  readonly #settings: SettingsStore;
  readonly #directory: string;

  /** @param secrets directory of the installation's secrets */
  constructor(settings: SettingsStore, secrets: string) {
    this.#settings = settings;
    this.#directory = join(secrets, 'notifications');
  }

  async all(): Promise<readonly Channel[]> {
    return z.array(channelSchema).safeParse(await this.#settings.read(channelsSetting)).data ?? [];
  }

  async views(): Promise<ChannelView[]> {
    return Promise.all(
      (await this.all()).map(async (channel): Promise<ChannelView> => {
        if (!wantsSecret(channel)) return { ...channel, secret: 'none' };
        const there = await this.secret(channel.id).catch(() => undefined);
        return { ...channel, secret: there === undefined ? 'missing' : 'set' };
      }),
    );
  }

  #path(id: string): string {
    return join(this.#directory, id);
  }

  /** Password or address; undefined: there is none. */
  async secret(id: string): Promise<string | undefined> {
    return (await readTextFileIfPresent(this.#path(id)))?.replace(/\n$/, '');
  }

  /** @param secret absent: stays as it is */
  async save(channel: Channel, secret: string | undefined): Promise<void> {
    if (secret !== undefined && wantsSecret(channel)) {
      await ensureDirectory(this.#directory, { mode: 0o700 });
      await writeFileAtomic(this.#path(channel.id), `${secret}\n`, { mode: 0o600 });
    }
    if (!wantsSecret(channel)) await rm(this.#path(channel.id), { force: true });
    const others = (await this.all()).filter(({ id }) => id !== channel.id);
    await this.#settings.write(channelsSetting, [...others, channel].sort(byId));
  }

  async remove(id: string): Promise<void> {
    const others = (await this.all()).filter((one) => one.id !== id);
    await this.#settings.write(channelsSetting, others);
    await rm(this.#path(id), { force: true });
  }

  /** Those that have not ended. */
  async silences(now: number): Promise<readonly Silence[]> {
    const all = z.array(silenceSchema).safeParse(await this.#settings.read(silencesSetting)).data ?? [];
    return all.filter(({ until }) => until > now);
  }

  async saveSilences(silences: readonly Silence[]): Promise<void> {
    await this.#settings.write(silencesSetting, silences);
  }
}

/** Whether a silence covers the id of a need; `*` stands for any text. */
export function isSilent(id: string, silences: readonly Silence[]): boolean {
  return silences.some(({ pattern }) => {
    const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`).test(id);
  });
}
