import type { SetupLocal } from '../../../shared/contract/setup.ts';
import { message } from '../../../shared/message.ts';
import type { Step } from '../../operations/types.ts';
import type { ComposeTopology } from '../../topology/compose/compose-topology.ts';
import { removeFile } from '../../workspace/atomic.ts';
import type { SetupContext } from '../local/context.ts';

/** docker-compose.yml, its overrides, `.env` and what the console itself reads again; refuses another's containers first. */
export function composeFilesStep(
  context: SetupContext,
  topology: ComposeTopology,
  instance: string,
  remember: (input: SetupLocal) => Promise<void>,
): Step {
  const { input } = context;
  const { files } = topology;
  const written = [files.layout, files.composeFile, files.env, files.agentOverride, files.responderOverride];
  return {
    id: 'files',
    title: message('setup.compose.step.files'),
    effects: written.map((path) => {
      const text = topology.planned(path, {
        ports: context.ports.now,
        leafHours: input.ca.leafHours,
        tls: context.secure,
        instance,
      });
      const effect = { kind: 'file' as const, path, action: 'create' as const, mode: '0600' };
      return text === undefined ? effect : { ...effect, diff: text.replace(/^(?=.)/gm, '+ ') };
    }),
    check: async () => false,
    async apply() {
      await topology.createLayout({
        ports: context.ports.begin(),
        leafHours: input.ca.leafHours,
        tls: context.secure,
        instance,
      });
      await remember(input);
    },
    async undo() {
      await topology.removeNetwork();
      for (const path of [...written].reverse()) await removeFile(path);
    },
  };
}

/** They sign in with the credentials made before and keep the files of step-ca and the responder as OpenBao has them. */
export function agentsStep(topology: ComposeTopology): Step {
  return {
    id: 'agents',
    title: message('setup.compose.step.agents'),
    effects: topology.sidecars.names.map((name) => ({ kind: 'process', name, action: 'start' })),
    check: () => topology.sidecars.running(),
    apply: (run) => topology.sidecars.start(run.signal),
    undo: () => topology.sidecars.remove(),
  };
}
