import { AsyncLocalStorage } from 'node:async_hooks';
import { ConsoleError } from '../../shared/errors.ts';
import type { Call, Dispatcher } from './dispatcher.ts';
import type { OpenWorkspace } from './open-workspace.ts';

/** The workspace that one call works on, from its beginning to its end, whatever other pages open meanwhile. */
export interface Bound {
  workspace: OpenWorkspace | undefined;
  /** The call itself opened or closed one, so the page goes along. */
  moved?: boolean;
}

/** What concerns no installation, or names the one that it concerns: a page whose own was closed must still be able to ask it. */
const free = /^(workspaces\.(?!close$)|session\.(?!show$)|setup\.)/;

export interface BoundCallsOptions {
  readonly present: () => OpenWorkspace | undefined;
  /** One that is held open. */
  readonly held: (id: string) => OpenWorkspace | undefined;
}

/**
 * Ties every call to one workspace before its handler begins. A handler asks for the workspace when it needs it, maybe after a
 * wait in which another page opened another one; without this tie it would then work on that.
 */
export class BoundCalls {
  readonly #calls = new AsyncLocalStorage<Bound>();
  readonly #options: BoundCallsOptions;
  /** Aborted when a workspace is closed while pages may still follow it. */
  readonly #closed = new WeakMap<OpenWorkspace, AbortController>();

  constructor(options: BoundCallsOptions) {
    this.#options = options;
  }

  /** That of the call in which this is asked; undefined outside of calls. */
  current(): Bound | undefined {
    return this.#calls.getStore();
  }

  /** Ends what is followed of a workspace that is about to be closed: its pages learn at once that it is gone. */
  end(workspace: OpenWorkspace): void {
    this.#closedOf(workspace).abort();
  }

  #closedOf(workspace: OpenWorkspace): AbortController {
    const known = this.#closed.get(workspace);
    if (known !== undefined) return known;
    const control = new AbortController();
    this.#closed.set(workspace, control);
    return control;
  }

  /** Throws `workspace_switched`: the page shows one that is not held open any more. */
  #bind(name: string, shown: string | undefined): Bound {
    const { present, held } = this.#options;
    if (shown === undefined) return { workspace: present() };
    if (shown === '') return { workspace: undefined };
    const workspace = held(shown);
    if (workspace !== undefined) return { workspace };
    if (!free.test(name)) throw new ConsoleError('workspace_switched');
    return { workspace: present() };
  }

  /** The same dispatcher with its calls tied. */
  tie(inner: Dispatcher): Dispatcher {
    const calls = this.#calls;
    const bind = (name: string, call: Call): Bound => this.#bind(name, call.shown);
    const closedOf = ({ workspace }: Bound, call: Call): AbortSignal | undefined =>
      workspace === undefined || call.shown === undefined ? undefined : this.#closedOf(workspace).signal;
    return {
      kindOf: (name) => inner.kindOf(name),
      async call(name, input, call) {
        const bound = bind(name, call);
        const output = await calls.run(bound, () => inner.call(name, input, call));
        if (call.shown === undefined || bound.moved === true) call.onShown?.(bound.workspace?.id ?? '');
        return output;
      },
      async *open(name, input, call) {
        const bound = bind(name, call);
        const closed = closedOf(bound, call);
        const signal = closed === undefined ? call.signal : AbortSignal.any([call.signal, closed]);
        const items = inner.open(name, input, { ...call, signal })[Symbol.asyncIterator]();
        // A generator goes on in the context of whoever asks for its next item.
        try {
          for (;;) {
            const next = await calls.run(bound, () => items.next());
            if (closed?.aborted === true) throw new ConsoleError('workspace_switched');
            if (next.done === true) return;
            yield next.value;
          }
        } catch (error) {
          throw closed?.aborted === true
            ? new ConsoleError('workspace_switched', {}, { cause: error })
            : error;
        } finally {
          await calls.run(bound, () => items.return?.());
        }
      },
    };
  }
}
