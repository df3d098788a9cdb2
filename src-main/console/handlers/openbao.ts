import { access, readFile } from 'node:fs/promises';
import type { OpenBaoStatus } from '../../../shared/contract/openbao.ts';
import { ConsoleError, errorMessages } from '../../../shared/errors.ts';
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
  try {
    await assertOurs(workspace);
    const { initialised, sealed, version, threshold, shares, progress, storage } = await openbao.sealStatus();
    return { ...known, reachable: true, initialised, sealed, version, threshold, shares, progress, storage };
  } catch (error) {
    return { ...known, reachable: false, problem: errorMessages(toErrorData(error)).what };
  }
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
      const { threshold, sealed } = await openbao.sealStatus();
      const text = await readFile(workspace.paths.unsealKeys, 'utf8').catch((cause: unknown) => {
        throw new ConsoleError('setup_shares_missing', { path: workspace.paths.unsealKeys }, { cause });
      });
      const shares = text
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '');
      if (sealed) {
        await openbao.unsealReset();
        for (const share of shares.slice(0, threshold)) await openbao.unseal(share);
        await workspace.topology.settle();
      }
      return unsealed(workspace, call.actor);
    },
    async 'openbao.unsealWithShare'({ share }, call) {
      const workspace = console.required();
      const { openbao } = await required(workspace);
      const after = await openbao.giveShare(share);
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
      await (await required(workspace)).openbao.unsealReset();
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
