import type { Need } from '../../shared/contract/home.ts';
import type { Channel, Silence } from '../../shared/contract/notifications.ts';
import { isSilent } from './channels.ts';

/** What is known of a need that lasts: since when it was seen, and when each channel was told of it last. */
export interface Lasting {
  readonly since: number;
  readonly told: Readonly<Record<string, number>>;
  /** As it was told, for saying that it is over. */
  readonly need: Need;
}
export type Memory = ReadonlyMap<string, Lasting>;

/** One notification that is due: everything of one kind for one channel is one. */
export interface Due {
  readonly channel: Channel;
  readonly kind: 'alert' | 'resolved';
  readonly needs: readonly Need[];
}

const minute = 60_000;
const rank = { critical: 0, warning: 1, notice: 2 } as const;

const wants = (channel: Channel, need: Need): boolean => rank[need.severity] <= rank[channel.severity];

/** Whether a channel is told now: the first time when the need has lasted long enough, then at each repetition. */
function isDue(channel: Channel, lasting: Lasting, now: number): boolean {
  const told = lasting.told[channel.id];
  if (told === undefined) return now - lasting.since >= channel.afterMinutes * minute;
  return channel.repeatMinutes > 0 && now - told >= channel.repeatMinutes * minute;
}

export interface Situation {
  readonly needs: readonly Need[];
  readonly channels: readonly Channel[];
  readonly silences: readonly Silence[];
  readonly memory: Memory;
  /** Unix milliseconds. */
  readonly now: number;
}

/** What must be sent now, and what is remembered if all of it is sent. What is silent is seen, but nobody is told. */
export function decide({ needs, channels, silences, memory, now }: Situation): {
  readonly due: readonly Due[];
  readonly lasting: Memory;
} {
  const lasting = new Map<string, Lasting>();
  for (const need of needs) {
    const known = memory.get(need.id);
    lasting.set(need.id, { since: known?.since ?? now, told: known?.told ?? {}, need });
  }
  const over = [...memory].filter(([id]) => !lasting.has(id)).map(([, one]) => one);
  const due: Due[] = [];
  for (const channel of channels.filter(({ enabled }) => enabled)) {
    const alerts = needs.filter((need) => {
      const known = lasting.get(need.id);
      return (
        known !== undefined &&
        wants(channel, need) &&
        !isSilent(need.id, silences) &&
        isDue(channel, known, now)
      );
    });
    if (alerts.length > 0) due.push({ channel, kind: 'alert', needs: alerts });
    const ended = over.filter((one) => one.told[channel.id] !== undefined).map(({ need }) => need);
    if (channel.resolved && ended.length > 0) due.push({ channel, kind: 'resolved', needs: ended });
  }
  return { due, lasting };
}

/** The memory after a channel was told of these. */
export function told(memory: Memory, { channel, kind, needs }: Due, now: number): Memory {
  if (kind === 'resolved') return memory;
  const next = new Map(memory);
  for (const { id } of needs) {
    const known = next.get(id);
    if (known !== undefined) next.set(id, { ...known, told: { ...known.told, [channel.id]: now } });
  }
  return next;
}
