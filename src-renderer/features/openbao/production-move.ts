import { custodianNames } from '../setup/custodian-names.ts';
import { message } from '../../../shared/message.ts';
import type { FieldProblem } from '../../../shared/contract/setup.ts';

/** Input of the operation `setup.to-production`. */
export interface ProductionMove {
  readonly shares: number;
  readonly threshold: number;
  readonly custodians: readonly string[];
}

const limits = { least: 2, most: 20 } as const;

/** Any three of five custodians, until somebody says otherwise. */
export function firstMove(propose: (index: number) => string): ProductionMove {
  return withCustodians({ shares: 5, threshold: 3, custodians: [] }, propose);
}

/** One name for each share: names that were given are kept, missing ones are proposed. */
export function withCustodians(input: ProductionMove, propose: (index: number) => string): ProductionMove {
  const count = Math.min(Math.max(Math.trunc(input.shares) || limits.least, limits.least), limits.most);
  const custodians = custodianNames(input.custodians, count, propose);
  return custodians === input.custodians ? input : { ...input, custodians };
}

/** What stands in the way of a plan, at its field. An empty name is told by its field itself. */
export function problemsOf({ shares, threshold, custodians }: ProductionMove): readonly FieldProblem[] {
  const names = custodians.map((name) => name.trim());
  const twice = names.find((name, index) => name !== '' && names.indexOf(name) !== index);
  return [
    ...(shares < limits.least || shares > limits.most
      ? [{ field: 'shares', level: 'error', message: message('production.problem.shares') } as const]
      : []),
    ...(threshold < limits.least
      ? [{ field: 'threshold', level: 'error', message: message('production.problem.threshold') } as const]
      : []),
    ...(threshold > shares
      ? [{ field: 'threshold', level: 'error', message: message('setup.check.threshold') } as const]
      : []),
    ...(twice === undefined
      ? []
      : [
          {
            field: 'custodians',
            level: 'error',
            message: message('setup.check.custodian_twice', { name: twice }),
          } as const,
        ]),
  ];
}
