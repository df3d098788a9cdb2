import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { needSchema, type Need } from '../../shared/contract/home.ts';
import type { Channel, Sent } from '../../shared/contract/notifications.ts';
import { ConsoleError } from '../../shared/errors.ts';
import { toErrorData } from '../operations/error-data.ts';
import type { Channels, SettingsStore } from './channels.ts';
import { decide, told, type Memory } from './decide.ts';
import type { SentRecord } from './record.ts';
import { sendMail } from './smtp.ts';
import { textOf, type Text } from './text.ts';
import { postWebhook } from './webhook.ts';

const memorySchema = z.array(
  z.tuple([
    z.string(),
    z.object({ since: z.number(), told: z.record(z.string(), z.number()), need: needSchema }),
  ]),
);
const setting = 'notification-memory';

export interface NotifierDeps {
  readonly channels: Channels;
  readonly record: SentRecord;
  readonly settings: SettingsStore;
  /** Name of the installation. */
  readonly installation: () => string;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** Tells people what needs them: grouped, once, again while it lasts, and when it is over. */
export class Notifier {
  readonly #deps: NotifierDeps;

  constructor(deps: NotifierDeps) {
    this.#deps = deps;
  }

  /** Throws what the channel refuses. */
  async #deliver({ id, delivery }: Channel, text: Text): Promise<void> {
    const { channels, now } = this.#deps;
    switch (delivery.type) {
      case 'desktop':
        // Screens follow the record.
        return;
      case 'webhook': {
        const address = await channels.secret(id);
        if (address === undefined) throw new ConsoleError('notification_no_secret', { id });
        return postWebhook(delivery.shape, address, text, { at: now() });
      }
      case 'mail': {
        const { host, port, security, username, from, to, caFile } = delivery;
        const password = username === undefined ? undefined : await channels.secret(id);
        if (username !== undefined && password === undefined)
          throw new ConsoleError('notification_no_secret', { id });
        const ca = caFile === undefined ? undefined : await readFile(caFile, 'utf8');
        const login = username === undefined || password === undefined ? {} : { username, password };
        const server = { host, port, security, ...login, ...(ca === undefined ? {} : { ca }) };
        return sendMail(server, { from, to, subject: text.subject, lines: text.lines, at: now() });
      }
    }
  }

  async #send(channel: Channel, kind: Sent['kind'], needs: readonly Need[]): Promise<Sent> {
    const { record, installation, now } = this.#deps;
    const text = textOf({ kind, installation: installation(), needs }, channel.language);
    const entry = {
      at: now(),
      channel: channel.id,
      type: channel.delivery.type,
      kind,
      severity: text.severity,
      subject: text.subject,
      lines: [...text.lines],
      needs: needs.map(({ id }) => id),
    };
    try {
      await this.#deliver(channel, text);
      return await record.add({ ...entry, outcome: 'sent' });
    } catch (error) {
      return record.add({ ...entry, outcome: 'failed', error: toErrorData(error) });
    }
  }

  /** A word to try a channel with. */
  test(channel: Channel): Promise<Sent> {
    return this.#send(channel, 'test', []);
  }

  async #memory(): Promise<Memory> {
    const parsed = memorySchema.safeParse(await this.#deps.settings.read(setting));
    return new Map(parsed.success ? parsed.data : []);
  }

  /** Sends what is due now. A channel that refuses is tried again at the next call. @returns how many were sent */
  async tell(needs: readonly Need[]): Promise<number> {
    const { channels, settings, now } = this.#deps;
    const { due, lasting } = decide({
      needs,
      channels: await channels.all(),
      silences: await channels.silences(now()),
      memory: await this.#memory(),
      now: now(),
    });
    let memory = lasting;
    let sent = 0;
    for (const one of due) {
      const { outcome } = await this.#send(one.channel, one.kind, one.needs);
      if (outcome !== 'sent') continue;
      sent += 1;
      memory = told(memory, one, now());
    }
    await settings.write(setting, [...memory]);
    return sent;
  }
}
