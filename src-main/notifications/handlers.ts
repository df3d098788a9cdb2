import { randomUUID } from 'node:crypto';
import type * as z from 'zod';
import type {
  NotificationSettings,
  notificationsContract,
  Sent,
} from '../../shared/contract/notifications.ts';
import { ConsoleError } from '../../shared/errors.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Channels } from './channels.ts';
import type { Notifier } from './notifier.ts';
import type { SentRecord } from './record.ts';

type Contract = typeof notificationsContract;
interface Call {
  readonly actor: string;
  readonly signal: AbortSignal;
}
type Handler<N extends keyof Contract> = (
  input: z.output<Contract[N]['input']>,
  call: Call,
) => Contract[N]['kind'] extends 'stream'
  ? AsyncIterable<z.output<Contract[N]['output']>>
  : Promise<z.output<Contract[N]['output']>>;
export type NotificationHandlers = { readonly [N in keyof Contract]: Handler<N> };

export interface NotificationDeps {
  readonly channels: Channels;
  readonly record: SentRecord;
  readonly notifier: Notifier;
  readonly audit: Pick<AuditLog, 'append'>;
  readonly now: () => number;
}

const pollMs = 3_000;

const pause = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, pollMs);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });

async function settingsOf({ channels, now }: NotificationDeps): Promise<NotificationSettings> {
  return { channels: await channels.views(), silences: [...(await channels.silences(now()))] };
}

/** @param deps of the workspace that is open, asked at each call. Throws `no_workspace` */
export const notificationHandlers = (deps: () => NotificationDeps): NotificationHandlers => {
  const note = ({ audit }: NotificationDeps, actor: string, action: string, target: string): Promise<void> =>
    audit.append({ actor, action: `notifications.${action}`, target, outcome: 'done', details: {} });
  return {
    'notifications.settings': async () => settingsOf(deps()),
    async 'notifications.saveChannel'({ channel, secret }, { actor }) {
      const world = deps();
      await world.channels.save(channel, secret === '' ? undefined : secret);
      await note(world, actor, 'saveChannel', channel.id);
      return settingsOf(world);
    },
    async 'notifications.removeChannel'({ id }, { actor }) {
      const world = deps();
      await world.channels.remove(id);
      await note(world, actor, 'removeChannel', id);
      return settingsOf(world);
    },
    async 'notifications.test'({ id }, { actor }) {
      const world = deps();
      const channel = (await world.channels.all()).find((one) => one.id === id);
      if (channel === undefined) throw new ConsoleError('notification_unknown', { id });
      const sent = await world.notifier.test(channel);
      await note(world, actor, 'test', id);
      return sent;
    },
    async 'notifications.silence'({ pattern, minutes, comment }, { actor }) {
      const world = deps();
      const until = world.now() + minutes * 60_000;
      const silence = { id: randomUUID(), pattern, until, comment, by: actor };
      await world.channels.saveSilences([...(await world.channels.silences(world.now())), silence]);
      await note(world, actor, 'silence', pattern);
      return settingsOf(world);
    },
    async 'notifications.unsilence'({ id }, { actor }) {
      const world = deps();
      const left = (await world.channels.silences(world.now())).filter((one) => one.id !== id);
      await world.channels.saveSilences(left);
      await note(world, actor, 'unsilence', id);
      return settingsOf(world);
    },
    'notifications.sent': async ({ limit }) => deps().record.list(limit),
    async *'notifications.follow'(_input, { signal }): AsyncIterable<Sent> {
      const { record } = deps();
      let seq = await record.last();
      while (!signal.aborted) {
        for (const sent of await record.since(seq)) {
          seq = sent.seq;
          if (sent.type === 'desktop') yield sent;
        }
        await pause(signal);
      }
    },
  };
};
