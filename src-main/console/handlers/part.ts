import type { ProcedureName } from '../../../shared/contract/index.ts';
import type { Handlers } from '../dispatcher.ts';

/** The handlers of one part of the contract: all procedures whose names begin with its word. */
export type HandlersOf<Word extends string> = Pick<Handlers, Extract<ProcedureName, `${Word}.${string}`>>;
