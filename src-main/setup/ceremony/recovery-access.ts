import { access } from 'node:fs/promises';
import type { OpenBao, OpenBaoClient } from '../../openbao/openbao.ts';
import type { RecoveryCalls } from '../../openbao/recovery.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import { asBreakGlass } from '../local/role-steps.ts';

/** The two recoveries, as somebody who may call them, for the time of an action. */
export type RecoveryAccess = <T>(action: (calls: RecoveryCalls) => Promise<T>) => Promise<T>;

export interface RecoveryWorld {
  readonly paths: WorkspacePaths;
  openbao(): OpenBao;
  /** The live session; throws `no_openbao_session`. */
  client(): OpenBaoClient;
}

/**
 * As the break-glass role that the set-up made; an installation that was taken over and has none goes by the live session.
 * The action throws `openbao_no_recovery` where neither may call any of the interfaces (failure modes C19, C33).
 */
export const recoveryAccess =
  (world: RecoveryWorld): RecoveryAccess =>
  async (action) => {
    const { paths } = world;
    const own = await access(paths.consoleRole('break-glass', 'secret_id')).then(
      () => true,
      () => false,
    );
    if (!own) return action(await world.client().recovery.calls());
    return asBreakGlass({ openbao: world.openbao(), paths }, async ({ recovery }) =>
      action(await recovery.calls()),
    );
  };
