import { readdir, rmdir } from 'node:fs/promises';
import { ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import type { Step } from '../../operations/types.ts';
import {
  ensureDirectory,
  readTextFileIfPresent,
  removeFile,
  writeFileAtomic,
} from '../../workspace/atomic.ts';
import { readStateIfPresent, renderState, updateState } from '../../workspace/state.ts';
import type { State } from '../../workspace/state-schema.ts';
import { originOf } from './ask.ts';
import { patienceOf, plannedBundle, plannedTrust, type ExternalContext } from './context.ts';
import { askOpenBao } from './probe.ts';
import { stepcaHealth } from './stepca.ts';

const added = (text: string): string => text.replace(/^/gm, '+ ');

async function removeEmpty(path: string): Promise<void> {
  const left = await readdir(path).catch(() => ['?']);
  if (left.length === 0) await rmdir(path);
}

/** The work directory and the parts of it that this kind of installation needs. */
export function treeStep({ paths }: ExternalContext): Step {
  const directories = [paths.console, paths.secrets, paths.certs];
  return {
    id: 'tree',
    title: message('external.step.tree'),
    effects: [paths.root, ...directories].map((path) => ({
      kind: 'file',
      path,
      action: 'create',
      mode: '0700',
    })),
    check: async () => false,
    async apply() {
      await ensureDirectory(paths.root, { mode: 0o700 });
      for (const path of directories) await ensureDirectory(path, { mode: 0o700 });
    },
    async undo() {
      // The console's own directory stays: the journal of this undo is in it.
      for (const path of [paths.certs, paths.secrets]) await removeEmpty(path);
    },
  };
}

/** Nothing is written before both servers were seen to be who they are said to be. */
export function verifyStep(context: ExternalContext): Step {
  const { input } = context;
  return {
    id: 'verify',
    title: message('external.step.verify'),
    effects: [
      { kind: 'touches', who: 'OpenBao', note: message('external.note.asked', { url: input.openbaoUrl }) },
      { kind: 'touches', who: 'step-ca', note: message('external.note.asked', { url: input.stepcaUrl }) },
    ],
    check: async () => false,
    async apply(run) {
      const trust = await plannedTrust(context, run);
      const status = await askOpenBao(input.openbaoUrl, trust.openbao, patienceOf(run));
      if (!status.initialised) throw new ConsoleError('openbao_not_initialised', { url: input.openbaoUrl });
      run.log(message('external.log.openbao', { version: status.version }));
      const { version } = await stepcaHealth(input.stepcaUrl, trust.stepca, patienceOf(run));
      run.log(message('external.log.stepca', { version: version ?? '' }));
    },
    undo: async () => undefined,
  };
}

/** `certs/ca-bundle.pem`: by which everything of this installation trusts the servers. */
export function bundleStep(context: ExternalContext): Step {
  const path = context.paths.bundle;
  const present = (): Promise<string | undefined> => readTextFileIfPresent(path);
  return {
    id: 'bundle',
    title: message('external.step.bundle'),
    effects: [{ kind: 'file', path, action: 'create', mode: '0644' }],
    check: async (run) => (await present()) === (await plannedBundle(context, run)),
    async apply(run) {
      const bundle = await plannedBundle(context, run);
      if ((await present()) !== undefined) throw new ConsoleError('external_bundle_differs', { path });
      await writeFileAtomic(path, bundle, { mode: 0o644 });
    },
    async undo(run) {
      // One that was there before is not this operation's.
      if ((await present()) === (await plannedBundle(context, run))) await removeFile(path);
    },
  };
}

/** Names of policies and roles are those that the bootroot tools use everywhere (formats.md). */
const stateOf = ({ input }: ExternalContext): State => ({
  openbao_url: originOf(input.openbaoUrl),
  kv_mount: input.kvMount,
  secrets_dir: 'secrets',
  policies: { bootroot_agent: 'bootroot-agent', responder: 'bootroot-responder', stepca: 'bootroot-stepca' },
  approles: {
    bootroot_agent: 'bootroot-agent-role',
    responder: 'bootroot-responder-role',
    stepca: 'bootroot-stepca-role',
  },
  services: {},
});

export function stateStep(context: ExternalContext): Step {
  const path = context.paths.state;
  const wanted = stateOf(context);
  const isOurs = async (): Promise<boolean> => {
    const state = await readStateIfPresent(path);
    return state?.openbao_url === wanted.openbao_url && state.kv_mount === wanted.kv_mount;
  };
  return {
    id: 'state',
    title: message('external.step.state'),
    effects: [{ kind: 'file', path, action: 'create', mode: '0600', diff: added(renderState(wanted)) }],
    check: isOurs,
    async apply() {
      if ((await readStateIfPresent(path)) !== undefined)
        throw new ConsoleError('external_state_exists', { path });
      await updateState(path, () => undefined, { create: wanted, holder: 'setup.external' });
    },
    async undo() {
      const services = (await readStateIfPresent(path))?.services ?? {};
      // Whoever added a service meanwhile keeps the list of them.
      if ((await isOurs()) && Object.keys(services).length === 0) await removeFile(path);
    },
  };
}
