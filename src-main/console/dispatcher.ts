import {
  contract,
  type Contract,
  type Output,
  type ParsedInput,
  type ProcedureName,
} from '../../shared/contract/index.ts';
import { ConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';

/** Who calls, and how the call ends early. */
export interface Call {
  /** As the audit log writes it, for example `kim@desk (web)`. */
  readonly actor: string;
  readonly host: 'electron' | 'web' | 'cli';
  readonly signal: AbortSignal;
  /** Id of the workspace that the caller looks at, empty for none; absent: whichever is the present one. */
  readonly shown?: string | undefined;
  /** Told at the end of a call which workspace the caller looks at from now on: it had named none, or opened or closed one. */
  readonly onShown?: (id: string) => void;
}

type Answer<N extends ProcedureName> = Contract[N]['kind'] extends 'stream'
  ? AsyncIterable<Output<N>>
  : Promise<Output<N>>;

/** One function per procedure of the contract; the compiler says when one is missing. */
export type Handlers = {
  readonly [N in ProcedureName]: (input: ParsedInput<N>, call: Call) => Answer<N>;
};

/** The only door into the core: every host calls through it, so that validation stands in one place. */
export interface Dispatcher {
  /** Queries and mutations. Throws ConsoleError. */
  call(name: string, input: unknown, call: Call): Promise<unknown>;
  /** Streams. Throws ConsoleError, also while iterating. */
  open(name: string, input: unknown, call: Call): AsyncIterable<unknown>;
  kindOf(name: string): 'query' | 'mutation' | 'stream' | undefined;
}

const isProcedure = (name: string): name is ProcedureName => Object.hasOwn(contract, name);

/** Wraps handlers with the contract's validation of input and output. */
export function createDispatcher(handlers: Handlers): Dispatcher {
  const lookUp = (name: string): ProcedureName => {
    if (!isProcedure(name)) throw new ConsoleError('unknown_procedure');
    return name;
  };
  const parse = (name: ProcedureName, input: unknown): unknown => {
    const result = contract[name].input.safeParse(input);
    if (result.success) return result.data;
    const issue = result.error.issues[0];
    throw new ConsoleError('invalid_input', {
      field: issue?.path.join('.') ?? '',
      problem: issue?.message ?? '',
    });
  };
  /** What a handler answers is checked like what a caller gives: nothing leaves that the contract does not name. */
  const checked = (name: ProcedureName, output: unknown): unknown => {
    const result = contract[name].output.safeParse(output);
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    throw new ConsoleError(
      'internal',
      {},
      {
        changed: message(
          contract[name].kind === 'mutation' ? 'error.changed.unknown' : 'error.changed.nothing',
        ),
        detail: `${name} ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
      },
    );
  };
  // The mapped type ties each name to its own input; here the pair was just parsed by that very schema.
  const handlerOf = (name: ProcedureName) => handlers[name] as (input: unknown, call: Call) => unknown;
  return {
    kindOf: (name) => (isProcedure(name) ? contract[name].kind : undefined),
    async call(name, input, call) {
      const procedure = lookUp(name);
      if (contract[procedure].kind === 'stream') throw new ConsoleError('unknown_procedure');
      const output = await (handlerOf(procedure)(parse(procedure, input), call) as Promise<unknown>);
      return checked(procedure, output);
    },
    async *open(name, input, call) {
      const procedure = lookUp(name);
      if (contract[procedure].kind !== 'stream') throw new ConsoleError('unknown_procedure');
      const items = handlerOf(procedure)(parse(procedure, input), call) as AsyncIterable<unknown>;
      for await (const item of items) yield checked(procedure, item);
    },
  };
}
