import { message } from '../../../shared/message.ts';
import { dirname } from 'node:path';
import { renderCaConfig } from '../../stepca/ca-config.ts';
import { buildDsn } from '../../postgres/dsn.ts';
import type { Run, Step } from '../../operations/types.ts';
import {
  ensureDirectory,
  readTextFileIfPresent,
  removeFile,
  writeFileAtomic,
} from '../../workspace/atomic.ts';
import { runtimeDsn } from './database-steps.ts';
import type { SetupContext } from './context.ts';
import { writeInfraAgents } from './infra-agents-step.ts';

async function wanted(context: SetupContext, run: Run): Promise<string> {
  const { paths, input, ports } = context;
  const { inside } = context.topology;
  const { address, names } = inside.stepCa(ports.now);
  return renderCaConfig({
    rootCert: inside.stepCaPath(paths.rootCert),
    intermediateCert: inside.stepCaPath(paths.intermediateCert),
    intermediateKey: inside.stepCaPath(paths.intermediateKey),
    address,
    dnsNames: names,
    dataSource: buildDsn(await runtimeDsn(context, run)),
    leafHours: input.ca.leafHours,
  });
}

async function writeConfig(context: SetupContext, run: Run): Promise<void> {
  const path = context.paths.caConfig;
  await ensureDirectory(dirname(path), { mode: 0o700 });
  await writeFileAtomic(path, await wanted(context, run), { mode: 0o600 });
}

/** ca.json with the ACME provisioner and the database; compared as a whole, so that a rerun changes nothing. */
export function stepcaConfigStep(context: SetupContext): Step {
  const path = context.paths.caConfig;
  return {
    id: 'stepca-config',
    title: message('setup.step.stepca_config'),
    effects: [{ kind: 'file', path, action: 'create', mode: '0600' }],
    check: async (run) => (await readTextFileIfPresent(path)) === (await wanted(context, run)),
    apply: (run) => writeConfig(context, run),
    async undo() {
      await removeFile(path);
    },
  };
}

export function stepcaStep(context: SetupContext): Step {
  const { topology, ports } = context;
  return {
    id: 'stepca',
    title: message('setup.step.stepca'),
    effects: [{ kind: 'process', name: 'step-ca', action: 'start' }],
    weight: 2,
    check: () => topology.isReady('step-ca'),
    // What names its port are files of this set-up alone: another port is written to all of them.
    apply: (run) =>
      ports.start('step-ca', run, async () => {
        await writeConfig(context, run);
        await writeInfraAgents(context, run);
      }),
    async undo() {
      await topology.stopServer('step-ca');
    },
  };
}
