import { problemsOf, type ProductionMove } from '../../openbao/production-move.ts';

/** What the operator wants renewed. */
export interface RecoveryWish {
  readonly shares: boolean;
  /** How many, and in production who takes them. */
  readonly move: ProductionMove;
  readonly root: boolean;
  readonly ttlMinutes: number;
  readonly revokeOthers: boolean;
}

export const ttlLimits = { least: 15, most: 1440 } as const;

/** Input of `rotate.openbao-recovery`; undefined while something is missing. @param lab the shares stand in a file: nobody is named */
export function recoveryInput(wish: RecoveryWish, lab: boolean): unknown {
  const { shares, move, root, ttlMinutes, revokeOthers } = wish;
  const custodians = move.custodians.map((name) => name.trim());
  const named = lab || !custodians.includes('');
  const badTtl = !Number.isInteger(ttlMinutes) || ttlMinutes < ttlLimits.least || ttlMinutes > ttlLimits.most;
  if ((!shares && !root) || (root && badTtl)) return undefined;
  if (shares && (!named || problemsOf(lab ? { ...move, custodians: [] } : move).length > 0)) return undefined;
  return {
    unsealShares: shares
      ? { shares: move.shares, threshold: move.threshold, custodians: lab ? [] : custodians }
      : null,
    rootToken: root ? { ttlMinutes, revokeOthers } : null,
  };
}
