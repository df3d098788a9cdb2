import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { OpenBaoMember } from '../../../../shared/contract/openbao.ts';
import type { SetupExternal } from '../../../../shared/contract/setup.ts';
import { ConsoleError } from '../../../../shared/errors.ts';
import { pause } from '../../../operations/pause.ts';
import { LabMembers, type LabMember } from '../../../topology/lab-members.ts';
import { LocalTopology } from '../../../topology/local-topology.ts';
import { WorkspacePaths } from '../../../workspace/paths.ts';
import type { CoreContext } from '../context.ts';
import type { DemoPlace, MustRun } from './place.ts';

/**
 * Servers that somebody else runs, OpenBao as a Raft cluster of three: the demo plays both. In `servers/` it runs them, and the
 * installation in `console/` knows nothing but their addresses.
 */
export function serversElsewhere(context: CoreContext, directory: string, mustRun: MustRun): DemoPlace {
  const { client, printer, signal } = context;
  const servers = new WorkspacePaths(path.join(directory, 'servers'));
  const place = new WorkspacePaths(path.join(directory, 'console'));
  const topology = new LocalTopology(servers);
  const cluster = new LabMembers(servers);
  let members: readonly LabMember[] = [];

  /** The name server of the CA answers for the services of the other installation as well. */
  async function nameServices(): Promise<void> {
    await topology.writeResolverConfig([place.state]);
    await topology.restartServer('resolver', signal);
  }

  async function addresses(): Promise<SetupExternal> {
    const { ports } = await topology.requireLayout();
    return {
      path: place.root,
      name: 'Bootroot elsewhere',
      openbaoUrl: `http://127.0.0.1:${ports.openbao}`,
      openbaoMembers: members.map(({ url }) => url),
      kvMount: 'secret',
      stepcaUrl: `https://localhost:${ports.stepCa}`,
      responderAdminUrl: `http://127.0.0.1:${ports.responderAdmin}`,
      http01Port: ports.acmeHttp,
      resolver: `127.0.0.1:${ports.resolver}`,
      caPem: await readFile(servers.bundle, 'utf8'),
    };
  }

  async function signIn(): Promise<void> {
    const read = async (file: 'role_id' | 'secret_id'): Promise<string> =>
      (await readFile(servers.consoleRole('console', file), 'utf8')).trim();
    const [roleId, secretId] = [await read('role_id'), await read('secret_id')];
    await client.call('openbao.login', { method: 'approle', roleId, secretId });
  }

  const seen = async (): Promise<readonly OpenBaoMember[]> =>
    (await client.call('openbao.status', {})).cluster?.members ?? [];
  const leader = async (): Promise<string> =>
    (await seen()).find(({ state }) => state === 'leader')?.url ?? '';

  /** A member that has just joined has no vote for some seconds; a leader that is lost before is not followed by another. */
  async function allVote(): Promise<void> {
    for (let tries = 0; tries < 90; tries += 1) {
      if ((await seen()).every(({ voter }) => voter === true)) return;
      await pause(1_000, signal);
    }
    throw new ConsoleError('cli_demo_votes');
  }

  return {
    async begin() {
      await mustRun(context, 'setup.local', await client.call('setup.defaults', { path: servers.root }));
      printer.note(printer.say('cli.demo.joining'));
      members = await cluster.join(2, signal);
      await nameServices();
      await mustRun(context, 'setup.external', await addresses());
      await client.call('workspaces.open', { path: place.root });
      await signIn();
    },
    /** The leader is killed, and a rotation goes on with the next one. */
    async show() {
      await allVote();
      const before = await leader();
      printer.note(printer.say('cli.demo.leader_lost', { url: before }));
      await (before === (await addresses()).openbaoUrl
        ? topology.stopServer('openbao')
        : cluster.stop(members.filter(({ url }) => url === before)));
      await mustRun(context, 'rotate.approle-secret-id', { ids: 'all' });
      const after = await leader();
      if (after === '' || after === before) throw new ConsoleError('cli_demo_leader', { url: before });
      return { members: (await seen()).length, leaderBefore: before, leaderAfter: after };
    },
    async end() {
      // Its session is ended while there is somebody to be told.
      await client.call('workspaces.close', {});
      await cluster.stop(members);
      await topology.stopAll();
      await topology.close();
    },
  };
}
