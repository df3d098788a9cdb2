import type * as z from 'zod';
import type { Procedure } from '../../../shared/contract/procedure.ts';
import type { Input, NamesOf, Output } from '../../../shared/contract/index.ts';
import type { Dispatcher } from '../../console/dispatcher.ts';

/** The contract as typed calls, for one actor and until `signal` aborts. */
export interface Client {
  call<N extends NamesOf<'query' | 'mutation'>>(name: N, input: Input<N>): Promise<Output<N>>;
  /** The same for one part of the contract. */
  ask<C extends Record<string, Procedure>, N extends keyof C & string>(
    part: C,
    name: N,
    input: z.input<C[N]['input']>,
  ): Promise<z.output<C[N]['output']>>;
  /** The same for its streams. */
  follow<C extends Record<string, Procedure>, N extends keyof C & string>(
    part: C,
    name: N,
    input: z.input<C[N]['input']>,
  ): AsyncIterable<z.output<C[N]['output']>>;
  open<N extends NamesOf<'stream'>>(name: N, input: Input<N>): AsyncIterable<Output<N>>;
}

export function createClient(dispatcher: Dispatcher, actor: string, signal: AbortSignal): Client {
  const call = { actor: `${actor} (cli)`, host: 'cli' as const, signal };
  // The dispatcher validated the output with the schema that Output<N> comes from.
  return {
    call: (name, input) => dispatcher.call(name, input, call) as Promise<never>,
    ask: (_part, name, input) => dispatcher.call(name, input, call) as Promise<never>,
    follow: (_part, name, input) => dispatcher.open(name, input, call) as AsyncIterable<never>,
    open: (name, input) => dispatcher.open(name, input, call) as AsyncIterable<never>,
  };
}
