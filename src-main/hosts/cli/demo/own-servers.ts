import { randomBytes } from 'node:crypto';
import type { CoreContext } from '../context.ts';
import { serversNow } from '../commands/infra.ts';
import type { DemoPlace, MustRun } from './place.ts';

/** Servers that the console itself runs, as processes or as containers. */
export function ownServers(
  context: CoreContext,
  directory: string,
  kind: 'setup.local' | 'setup.compose',
  mustRun: MustRun,
): DemoPlace {
  const { client, console } = context;
  return {
    async begin() {
      const defaults = await client.call('setup.defaults', { path: directory });
      // A name of its own: containers of a real installation may be on this host.
      const instance = `bootroot-demo-${randomBytes(3).toString('hex')}`;
      await mustRun(context, kind, kind === 'setup.compose' ? { ...defaults, instance } : defaults);
      await client.call('workspaces.open', { path: directory });
    },
    async show() {
      const servers = await serversNow(context);
      return {
        servers: Object.fromEntries(servers.map(({ name, version, state }) => [name, version ?? state])),
      };
    },
    /** Servers stop; containers whose directory is about to go are removed with their volumes. */
    async end(kept) {
      try {
        await console.stopInfra();
      } finally {
        if (!kept) await console.workspace?.topologies.compose.discard();
      }
    },
  };
}
