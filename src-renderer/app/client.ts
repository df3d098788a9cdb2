import {
  contract,
  type Input,
  type NamesOf,
  type Output,
  type ProcedureName,
} from '../../shared/contract/index.ts';
import { ConsoleError } from '../../shared/errors.ts';
import { serverFrameSchema, type ServerFrame } from '../../shared/frames.ts';
import { message } from '../../shared/message.ts';
import { backoff } from './backoff.ts';
import type { Link, LinkEnd, OpenLink } from './link.ts';
import { fromData, toConsoleError } from './remote-error.ts';
import type { Shown } from './shown.ts';
import { createStore, type Store } from './store.ts';

export type CallName = NamesOf<'query'> | NamesOf<'mutation'>;
export type StreamName = NamesOf<'stream'>;

/** How it stands with the core. `retryAt` is in unix milliseconds. */
export type Connection =
  | { readonly state: 'connecting' }
  | { readonly state: 'open' }
  | { readonly state: 'retrying'; readonly since: number; readonly retryAt: number }
  | { readonly state: 'unauthorised' };

export interface StreamEvents<T> {
  readonly onItem: (item: T) => void;
  readonly onError: (error: ConsoleError) => void;
  readonly onEnd?: () => void;
}

/** The typed door to the core. Answers are validated by the contract's schemas before anyone sees them. */
export interface Client {
  readonly connection: Store<Connection>;
  /** The installation that this page shows. Every request names it, and the core answers for no other. */
  readonly shown: Store<Shown>;
  /** The same door for one installation, for good: what was begun for it stays with it when the page goes to another. */
  of(installation: string | undefined): Client;
  /** Rejects with ConsoleError. A query survives a lost connection; a mutation does not, and says so. */
  call<N extends CallName>(name: N, input: Input<N>, options?: { signal?: AbortSignal }): Promise<Output<N>>;
  /** Starts again by itself after a lost connection. Answers the function that ends it. */
  subscribe<N extends StreamName>(name: N, input: Input<N>, events: StreamEvents<Output<N>>): () => void;
  reconnect(): void;
}

interface Pending {
  readonly name: ProcedureName;
  readonly input: unknown;
  readonly installation: string | undefined;
  readonly settle: (frame: ServerFrame) => void;
  readonly fail: (error: ConsoleError) => void;
}

/** Its answer says which installation the page shows: it asked which one is open, or opened or closed one. */
const tells = (name: ProcedureName): boolean => name === 'session.show' || contract[name].kind === 'mutation';

export function createClient(
  openLink: OpenLink,
  shown: Store<Shown>,
  random: () => number = Math.random,
): Client {
  const connection = createStore<Connection>({ state: 'connecting' });
  const pending = new Map<number, Pending>();
  let nextId = 1;
  let attempt = 0;
  let lostSince: number | undefined;
  let link: Link | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const isOpen = (): boolean => connection.get().state === 'open';
  const request = (id: number, entry: Pending): void =>
    link?.send({
      t: 'req',
      id,
      p: entry.name,
      i: entry.input,
      ...(entry.installation === undefined ? {} : { w: entry.installation }),
    });

  const lock = (): void => {
    clearTimeout(timer);
    link?.close();
    link = undefined;
    connection.set({ state: 'unauthorised' });
    const all = [...pending.values()];
    pending.clear();
    for (const entry of all) entry.fail(new ConsoleError('unauthorised'));
  };

  const receive = (raw: unknown): void => {
    const parsed = serverFrameSchema.safeParse(raw);
    if (!parsed.success) return;
    const frame = parsed.data;
    if (frame.t === 'err' && frame.e.code === 'unauthorised') return lock();
    const entry = pending.get(frame.id);
    if (entry === undefined) return;
    if (frame.t !== 'next') pending.delete(frame.id);
    const { id } = shown.get();
    // Only who still shows what it asked for goes along: an answer that was overtaken by a switch moves nothing.
    if (frame.t === 'ok' && frame.w !== undefined && tells(entry.name) && entry.installation === id)
      shown.set({ id: frame.w, left: false });
    if (frame.t === 'err' && frame.e.code === 'workspace_switched' && entry.installation === id)
      shown.set({ id, left: true });
    entry.settle(frame);
  };

  const end = (reason: LinkEnd): void => {
    link = undefined;
    if (reason === 'unauthorised') return lock();
    for (const [id, entry] of [...pending]) {
      if (contract[entry.name].kind !== 'mutation') continue;
      pending.delete(id);
      entry.fail(new ConsoleError('connection_lost', {}, { changed: message('error.changed.unknown') }));
    }
    attempt += 1;
    lostSince ??= Date.now();
    const wait = backoff(attempt, random);
    connection.set({ state: 'retrying', since: lostSince, retryAt: Date.now() + wait });
    clearTimeout(timer);
    timer = setTimeout(connect, wait);
  };

  const connect = (): void => {
    clearTimeout(timer);
    link?.close();
    link = openLink({
      onOpen: () => {
        attempt = 0;
        lostSince = undefined;
        connection.set({ state: 'open' });
        for (const [id, entry] of pending) request(id, entry);
      },
      onFrame: receive,
      onEnd: end,
    });
  };
  connect();

  const open = (entry: Pending): number => {
    const id = nextId++;
    const state = connection.get().state;
    if (state === 'unauthorised') {
      entry.fail(new ConsoleError('unauthorised'));
    } else if (state === 'retrying' && contract[entry.name].kind === 'mutation') {
      entry.fail(new ConsoleError('connection_lost'));
    } else {
      pending.set(id, entry);
      if (isOpen()) request(id, entry);
    }
    return id;
  };

  const abort = (id: number): void => {
    if (!pending.delete(id)) return;
    if (isOpen()) link?.send({ t: 'abort', id });
  };

  const parse = <N extends ProcedureName>(name: N, raw: unknown): Output<N> => {
    const result = contract[name].output.safeParse(raw);
    if (!result.success) {
      throw new ConsoleError('answer_invalid', { procedure: name }, { detail: result.error.message });
    }
    return result.data as Output<N>;
  };

  const clientOf = (installation: () => string | undefined): Client => ({
    connection,
    shown,
    reconnect: connect,
    of: (one) => clientOf(() => one),
    call: (name, input, { signal } = {}) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(new ConsoleError('cancelled'));
        const id = open({
          name,
          input,
          installation: installation(),
          fail: reject,
          settle: (frame) => {
            if (frame.t === 'err') return reject(fromData(frame.e));
            if (frame.t !== 'ok') return reject(new ConsoleError('answer_invalid', { procedure: name }));
            try {
              resolve(parse(name, frame.o));
            } catch (error) {
              reject(toConsoleError(error));
            }
          },
        });
        signal?.addEventListener('abort', () => {
          abort(id);
          reject(new ConsoleError('cancelled'));
        });
      }),
    subscribe: (name, input, events) => {
      const id = open({
        name,
        input,
        installation: installation(),
        fail: events.onError,
        settle: (frame) => {
          if (frame.t === 'err') return events.onError(fromData(frame.e));
          if (frame.t === 'end') return events.onEnd?.();
          try {
            events.onItem(parse(name, frame.o));
          } catch (error) {
            events.onError(toConsoleError(error));
          }
        },
      });
      return () => abort(id);
    },
  });
  return clientOf(() => shown.get().id);
}
