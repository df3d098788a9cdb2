import type { SetupLocal } from '../../../shared/contract/setup.ts';
import { custodianNames } from './custodian-names.ts';

/** Shares and threshold that a production installation starts from: any three of five custodians. */
const ceremony = { shares: 5, threshold: 3 } as const;

/** One name for each share: names that were given are kept, missing ones are proposed. */
export function fitCustodians(input: SetupLocal, propose: (index: number) => string): SetupLocal {
  if (input.kind === 'lab') return input.custodians.length === 0 ? input : { ...input, custodians: [] };
  const count = Math.min(Math.max(input.openbao.shares, 1), 20);
  const custodians = custodianNames(input.custodians, count, propose);
  return custodians === input.custodians ? input : { ...input, custodians };
}

/** The same installation as lab or production, with the shares that fit the kind. */
export function asKind(
  input: SetupLocal,
  kind: SetupLocal['kind'],
  defaults: SetupLocal,
  propose: (index: number) => string,
): SetupLocal {
  if (input.kind === kind) return input;
  const shares =
    kind === 'production'
      ? ceremony
      : { shares: defaults.openbao.shares, threshold: defaults.openbao.threshold };
  return fitCustodians({ ...input, kind, openbao: { ...input.openbao, ...shares } }, propose);
}
