import { access, readFile } from 'node:fs/promises';
import type { OpenBaoStatus } from '../../../shared/contract/openbao.ts';
import { ConsoleError, errorMessages, isConsoleError } from '../../../shared/errors.ts';
import { assertOneCluster, clusterOf, sealedMembers } from '../../openbao/cluster.ts';
import type { OpenBao, SealStatus } from '../../openbao/openbao.ts';
import { toErrorData } from '../../operations/error-data.ts';
import type { BootrootConsole } from '../console.ts';
import type { OpenWorkspace } from '../open-workspace.ts';
import type { HandlersOf } from './part.ts';

const noSession: OpenBaoStatus['session'] = { state: 'none', policies: [], isRoot: false };

/** What is known of OpenBao right now; a server that does not answer is an answer. */
export async function openbaoStatus(workspace: OpenWorkspace): Promise<OpenBaoStatus> {
  const { openbao, session, paths } = workspace;
  const sharesOnDisk = await access(paths.unsealKeys).then(
    () => true,
    () => false,
  );
  if (openbao === undefined) return { url: '', reachable: false, sharesOnDisk, session: noSession };
  const status = session?.status();
  const known = {
    url: openbao.url,
    sharesOnDisk,
    session:
      status === undefined
        ? noSession
        : {
            state: status.state,
            policies: [...status.policies],
            isRoot: status.isRoot,
            ...(status.method === undefined ? {} : { method: status.method }),
            ...(status.expiresAt === undefined ? {} : { expiresAt: status.expiresAt }),
          },
  };
  const cluster = await clusterView(workspace);
  try {
    await assertOurs(workspace);
    const { initialised, sealed, version, threshold, shares, progress, storage } = await openbao.sealStatus();
    const server = { initialised, sealed, version, threshold, shares, progress, storage };
    return { ...known, reachable: true, ...server, ...cluster };
  } catch (error) {
    return { ...known, ...cluster, reachable: false, problem: errorMessages(toErrorData(error)).what };
  }
}

/** The members, where there are several; and how far the one that got the fewest shares is, which is what people have to give. */
async function clusterView({
  openbao,
  session,
}: OpenWorkspace): Promise<Pick<OpenBaoStatus, 'cluster' | 'memberSealed' | 'progress'>> {
  if (openbao === undefined || openbao.members().length < 2) return {};
  const client = session?.status().state === 'live' ? session.client() : undefined;
  const { members, ...judged } = await clusterOf(openbao, client);
  const sealed = members.filter(({ state }) => state === 'sealed');
  return {
    cluster: { ...judged, members: [...members] },
    memberSealed: sealed.length > 0,
    ...(sealed.length === 0 ? {} : { progress: Math.min(...sealed.map(({ progress = 0 }) => progress)) }),
  };
}

/** Where shares go: to every sealed member, so that each custodian is asked once; to the only server else. */
async function shareTakers(openbao: OpenBao): Promise<readonly OpenBao[]> {
  const sealed = openbao.members().length < 2 ? [] : await sealedMembers(openbao);
  return sealed.length === 0 ? [openbao] : sealed;
}

/** Throws what the first of them refused; a share that only some had already is none too many. */
async function giveToEach(takers: readonly OpenBao[], share: string): Promise<SealStatus> {
  const answers: SealStatus[] = [];
  const refusals: unknown[] = [];
  for (const taker of takers)
    await taker.giveShare(share).then(
      (answer) => answers.push(answer),
      (error: unknown) => refusals.push(error),
    );
  const refused = refusals.find((error) => !isConsoleError(error, 'openbao_share_repeated'));
  const [least] = answers.sort((one, other) => Number(other.sealed) - Number(one.sealed));
  if (refused !== undefined || least === undefined) throw refused ?? refusals[0];
  return least;
}

/**
 * Where this console runs OpenBao itself, whoever else answers on its port is a stranger: he is shown no share, no
 * credential and no token (failure mode C10). Throws `openbao_unreachable`.
 */
async function assertOurs({ topology, openbao }: OpenWorkspace): Promise<void> {
  if ((await topology.readLayout()) === undefined || (await topology.isRunning('openbao'))) return;
  throw new ConsoleError('openbao_unreachable', { url: openbao?.url ?? '', reason: 'stopped' });
}

async function required(workspace: OpenWorkspace) {
  const { openbao, session } = workspace;
  if (openbao === undefined || session === undefined) throw new ConsoleError('no_workspace');
  await assertOurs(workspace);
  return { openbao, session };
}

/** Once unsealed, the console signs in by itself if it may; else Home asks the operator to. */
async function unsealed(workspace: OpenWorkspace, actor: string): Promise<OpenBaoStatus> {
  const status = await openbaoStatus(workspace);
  if (status.sealed !== false) return status;
  await workspace.audit.append({
    actor,
    action: 'openbao.unseal',
    target: status.url,
    outcome: 'done',
    details: {},
  });
  if (status.session.state !== 'live') await workspace.signIn().catch(() => undefined);
  return openbaoStatus(workspace);
}

export function openbaoHandlers(console: BootrootConsole): HandlersOf<'openbao'> {
  return {
    'openbao.status': async () => openbaoStatus(console.required()),
    async 'openbao.unsealFromDisk'(_input, call) {
      const workspace = console.required();
      const { openbao } = await required(workspace);
      const takers = await shareTakers(openbao);
      const text = await readFile(workspace.paths.unsealKeys, 'utf8').catch((cause: unknown) => {
        throw new ConsoleError('setup_shares_missing', { path: workspace.paths.unsealKeys }, { cause });
      });
      const shares = text
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '');
      for (const taker of takers) {
        const { threshold, sealed } = await taker.sealStatus();
        if (!sealed) continue;
        await taker.unsealReset();
        for (const share of shares.slice(0, threshold)) await taker.unseal(share);
        await workspace.topology.settle();
      }
      return unsealed(workspace, call.actor);
    },
    async 'openbao.unsealWithShare'({ share }, call) {
      const workspace = console.required();
      const { openbao } = await required(workspace);
      const after = await giveToEach(await shareTakers(openbao), share);
      await workspace.audit.append({
        actor: call.actor,
        action: 'openbao.share',
        target: openbao.url,
        outcome: 'done',
        details: { progress: after.sealed ? after.progress : after.threshold, threshold: after.threshold },
      });
      if (!after.sealed) await workspace.topology.settle();
      return unsealed(workspace, call.actor);
    },
    async 'openbao.unsealReset'() {
      const workspace = console.required();
      const { openbao } = await required(workspace);
      for (const taker of await shareTakers(openbao)) await taker.unsealReset();
      return openbaoStatus(workspace);
    },
    async 'openbao.setMembers'({ members }, call) {
      const workspace = console.required();
      const { openbao } = await required(workspace);
      await assertOneCluster(openbao, members);
      await workspace.setOpenBaoMembers(members);
      await workspace.audit.append({
        actor: call.actor,
        action: 'openbao.members',
        target: openbao.url,
        outcome: 'done',
        details: { members: members.join(' ') },
      });
      return openbaoStatus(workspace);
    },
    async 'openbao.login'(input, call) {
      const workspace = console.required();
      const { session } = await required(workspace);
      if (input.method === 'token') await session.useToken(input.token);
      else if (input.method === 'approle') await session.useAppRole(input.roleId, input.secretId);
      else await workspace.signIn();
      await workspace.audit.append({
        actor: call.actor,
        action: 'openbao.login',
        target: input.method,
        outcome: 'done',
        details: { policies: session.status().policies.join(' ') },
      });
      return openbaoStatus(workspace);
    },
    async 'openbao.logout'() {
      const workspace = console.required();
      await workspace.session?.end();
      return openbaoStatus(workspace);
    },
    'openbao.ceremony': async () => console.required().ceremony.status(),
    'openbao.ceremonyReveal': async ({ index, passphrase }, call) =>
      console.required().ceremony.reveal(index, passphrase, call.actor),
    'openbao.ceremonyConfirm': async ({ index, passphrase, lastCharacters }, call) =>
      console.required().ceremony.confirm(index, passphrase, lastCharacters, call.actor),
  };
}
