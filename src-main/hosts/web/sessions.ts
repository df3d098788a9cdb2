import { createHash, randomBytes } from 'node:crypto';

const absoluteLifetimeMs = 12 * 3_600_000;
const mostSessions = 16;

export interface WebSession {
  /** Called with the reason when the session ends; sockets close themselves with it. */
  onEnd(listener: (reason: SessionEnd) => void): () => void;
  /** The operator did something: the idle clock starts again. */
  touch(): void;
}

export type SessionEnd = 'idle' | 'locked' | 'expired' | 'shutdown' | 'displaced';

export interface WebSessions {
  /** A new session; answers the cookie's value, which is kept only as a digest. */
  create(): string;
  find(cookie: string | undefined): WebSession | undefined;
  end(cookie: string | undefined, reason: SessionEnd): void;
  /** Ends what is idle or too old. Called by a timer. */
  sweep(): void;
  endAll(reason: SessionEnd): void;
}

interface Entry extends WebSession {
  readonly createdAt: number;
  usedAt: number;
  readonly listeners: Set<(reason: SessionEnd) => void>;
}

const keyOf = (cookie: string): string => createHash('sha256').update(cookie).digest('hex');

/**
 * Browser sessions in memory.
 * @param idleMs milliseconds without a frame of the client after which a session ends; 0 never
 * @param now unix milliseconds
 */
export function createWebSessions(idleMs: number, now: () => number = Date.now): WebSessions {
  const entries = new Map<string, Entry>();

  const drop = (key: string, reason: SessionEnd): void => {
    const entry = entries.get(key);
    entries.delete(key);
    for (const listener of entry?.listeners ?? []) listener(reason);
  };
  const endOf = (entry: Entry): SessionEnd | undefined => {
    if (now() - entry.createdAt > absoluteLifetimeMs) return 'expired';
    return idleMs > 0 && now() - entry.usedAt > idleMs ? 'idle' : undefined;
  };
  const makeEntry = (): Entry => {
    const listeners = new Set<(reason: SessionEnd) => void>();
    return {
      createdAt: now(),
      usedAt: now(),
      listeners,
      touch() {
        this.usedAt = now();
      },
      onEnd(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
  };

  return {
    create() {
      const oldest = entries.keys().next();
      if (entries.size >= mostSessions && oldest.done !== true) drop(oldest.value, 'displaced');
      const cookie = randomBytes(32).toString('base64url');
      entries.set(keyOf(cookie), makeEntry());
      return cookie;
    },
    find(cookie) {
      if (cookie === undefined) return undefined;
      const key = keyOf(cookie);
      const entry = entries.get(key);
      const ended = entry === undefined ? undefined : endOf(entry);
      if (ended !== undefined) drop(key, ended);
      return entries.get(key);
    },
    end: (cookie, reason) => (cookie === undefined ? undefined : drop(keyOf(cookie), reason)),
    sweep() {
      for (const [key, entry] of entries) {
        const ended = endOf(entry);
        if (ended !== undefined) drop(key, ended);
      }
    },
    endAll(reason) {
      for (const key of [...entries.keys()]) drop(key, reason);
    },
  };
}
