import type { z } from 'zod';
import type { recoveryContract, RecoveryStatus } from '../../../shared/contract/recovery.ts';
import { ConsoleError } from '../../../shared/errors.ts';
import type { AuditLog } from '../../audit/audit-log.ts';
import { labShares } from '../../setup/ceremony/lab-shares.ts';
import type { SharesContext } from './new-shares.ts';

type Contract = typeof recoveryContract;
type Handler<N extends keyof Contract> = (
  input: z.output<Contract[N]['input']>,
  call: { readonly actor: string },
) => Promise<z.output<Contract[N]['output']>>;
export type RecoveryHandlers = { readonly [N in keyof Contract]: Handler<N> };

export interface RecoveryDeps extends SharesContext {
  readonly audit: Pick<AuditLog, 'append'>;
}

/** Which interface there is, and whether an attempt is under way by it. */
const asked = ({ desk }: RecoveryDeps): Promise<Pick<RecoveryStatus, 'interface' | 'busy'>> =>
  desk
    .access(async ({ kind, shares, rootToken }) => ({
      interface: kind,
      busy: (await shares.attempt()).started || (await rootToken.attempt()).started,
    }))
    .catch(() => ({ interface: 'none' as const, busy: false }));

async function statusOf(deps: RecoveryDeps): Promise<RecoveryStatus> {
  const { desk, openbao, paths, ceremony } = deps;
  const seal = await Promise.resolve()
    .then(() => openbao().sealStatus())
    .catch(() => undefined);
  const root = desk.root.status();
  const { expiresAt, ...given } = desk.shares.status();
  return {
    ...(seal?.sealed === false ? await asked(deps) : { interface: 'none', busy: false }),
    sharesOnDisk: (await labShares(paths)) !== undefined,
    shares: seal?.shares ?? 0,
    threshold: seal?.threshold ?? 0,
    given: { ...given, wrong: [...given.wrong], ...(expiresAt === undefined ? {} : { expiresAt }) },
    custodians: (await ceremony.status()).custodians.map(({ name }) => name),
    ...(root === undefined ? {} : { rootToken: root }),
  };
}

const audited = (
  { audit }: RecoveryDeps,
  actor: string,
  action: string,
  target: string,
  details: Readonly<Record<string, string | number>> = {},
  outcome: 'done' | 'failed' = 'done',
): Promise<void> => audit.append({ actor, action, target, outcome, details });

/** @param deps of the workspace that is open, asked at each call. Throws `no_workspace` */
export const recoveryHandlers = (deps: () => RecoveryDeps): RecoveryHandlers => ({
  'recovery.status': async () => statusOf(deps()),
  async 'recovery.giveShare'({ share }, { actor }) {
    const world = deps();
    const before = world.desk.shares.status().progress;
    await world.desk.shares.give(share).catch(async (error: unknown) => {
      // A guess is worth a line in the log as much as a share.
      await audited(world, actor, 'recovery.share', world.openbao().url, { progress: before }, 'failed');
      throw error;
    });
    const { progress } = world.desk.shares.status();
    await audited(world, actor, 'recovery.share', world.openbao().url, { progress });
    return statusOf(world);
  },
  async 'recovery.reset'() {
    const world = deps();
    world.desk.shares.reset();
    return statusOf(world);
  },
  async 'recovery.cancelAttempt'(_input, { actor }) {
    const world = deps();
    await world.desk.access(async ({ shares, rootToken }) => {
      await shares.cancel();
      await rootToken.cancel();
    });
    await audited(world, actor, 'recovery.cancel', world.openbao().url);
    return statusOf(world);
  },
  async 'recovery.takeRootToken'(_input, { actor }) {
    const world = deps();
    const status = world.desk.root.status();
    if (status?.state !== 'waiting') throw new ConsoleError('recovery_no_token');
    const { accessor, expiresAt } = status;
    // Said before it is shown: nobody sees it unseen.
    await audited(world, actor, 'recovery.root_token', accessor);
    return { token: world.desk.root.take(), accessor, expiresAt };
  },
  async 'recovery.revokeRootToken'(_input, { actor }) {
    const world = deps();
    const accessor = world.desk.root.status()?.accessor;
    if (accessor === undefined) throw new ConsoleError('recovery_no_token');
    await world.desk.root.revoke();
    await audited(world, actor, 'recovery.root_revoked', accessor);
    return statusOf(world);
  },
});
