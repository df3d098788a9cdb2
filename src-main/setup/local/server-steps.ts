import { dirname } from 'node:path';
import type { SetupLocal } from '../../../shared/contract/setup.ts';
import { message } from '../../../shared/message.ts';
import type { Step } from '../../operations/types.ts';
import { catalogue, serverNames, type ServerName } from '../../servers/catalogue.ts';
import { ensureServer } from '../../servers/ensure-server.ts';
import { findServer } from '../../servers/find-server.ts';
import { ensureDirectory, removeFile } from '../../workspace/atomic.ts';
import type { SetupContext } from './context.ts';
import { removeEmpty } from '../../topology/local-data.ts';

/** Gets the programs that this machine lacks; what was fetched stays in the user's cache, whatever becomes of the set-up. */
export async function serversStep(): Promise<Step> {
  const missing: ServerName[] = [];
  for (const name of serverNames) if ((await findServer(name)) === undefined) missing.push(name);
  return {
    id: 'servers',
    title: message('setup.step.servers'),
    effects: missing.map((name) => ({
      kind: 'download',
      name: catalogue[name].title,
      version: catalogue[name].version,
      how: catalogue[name].command,
    })),
    weight: missing.length === 0 ? 1 : 20,
    async check() {
      for (const name of serverNames) if ((await findServer(name)) === undefined) return false;
      return true;
    },
    async apply(run) {
      let done = 0;
      for (const name of serverNames) {
        let said = '';
        const found = await ensureServer(name, {
          signal: run.signal,
          onProgress({ message: text, fraction }) {
            // One line for each thing it does, not for each percent of it.
            if (text.key !== said) run.log(text);
            said = text.key;
            run.progress((done + fraction) / serverNames.length);
          },
        });
        done += 1;
        run.log(
          message('setup.log.server_found', {
            name: catalogue[name].title,
            version: found.version,
            path: found.path,
          }),
        );
      }
    },
    undo: async () => undefined,
  };
}

/** The directories of formats.md with their modes. */
export function treeStep({ paths }: SetupContext): Step {
  // Outer ones first; PostgreSQL may run as another user and has to pass through the work directory.
  const directories = [
    paths.secrets,
    dirname(paths.unsealKeys),
    paths.caCerts,
    paths.caKeys,
    paths.certs,
    paths.serviceSecrets,
    paths.templates,
  ];
  return {
    id: 'tree',
    title: message('setup.step.tree'),
    effects: directories.map((path) => ({ kind: 'file', path, action: 'create', mode: '0700' })),
    check: async () => false,
    async apply() {
      await ensureDirectory(paths.root, { mode: 0o700 });
      for (const path of directories) await ensureDirectory(path, { mode: 0o700 });
    },
    async undo() {
      for (const path of [...directories].reverse()) await removeEmpty(path);
    },
  };
}

/** Ports, programs and users of the servers, in one file that every later start reads. */
export function layoutStep(context: SetupContext, remember: (input: SetupLocal) => Promise<void>): Step {
  const { topology, input } = context;
  return {
    id: 'layout',
    title: message('setup.step.layout'),
    effects: [{ kind: 'file', path: topology.files.layout, action: 'create', mode: '0600' }],
    check: async () => false,
    async apply() {
      await topology.createLayout({
        ports: context.ports.begin(),
        leafHours: input.ca.leafHours,
      });
      await remember(input);
    },
    async undo() {
      await removeFile(topology.files.layout);
    },
  };
}
