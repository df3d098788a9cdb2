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

async function wanted(context: SetupContext, run: Run): Promise<string> {
  const { paths, input } = context;
  return renderCaConfig({
    rootCert: paths.rootCert,
    intermediateCert: paths.intermediateCert,
    intermediateKey: paths.intermediateKey,
    address: `127.0.0.1:${input.stepca.port}`,
    dnsNames: ['localhost', '127.0.0.1'],
    dataSource: buildDsn(await runtimeDsn(context, run)),
    leafHours: input.ca.leafHours,
  });
}

/** ca.json with the ACME provisioner and the database; compared as a whole, so that a rerun changes nothing. */
export function stepcaConfigStep(context: SetupContext): Step {
  const path = context.paths.caConfig;
  return {
    id: 'stepca-config',
    title: message('setup.step.stepca_config'),
    effects: [{ kind: 'file', path, action: 'create', mode: '0600' }],
    check: async (run) => (await readTextFileIfPresent(path)) === (await wanted(context, run)),
    async apply(run) {
      await ensureDirectory(dirname(path), { mode: 0o700 });
      await writeFileAtomic(path, await wanted(context, run), { mode: 0o600 });
    },
    async undo() {
      await removeFile(path);
    },
  };
}

export function stepcaStep({ topology }: SetupContext): Step {
  return {
    id: 'stepca',
    title: message('setup.step.stepca'),
    effects: [{ kind: 'process', name: 'step-ca', action: 'start' }],
    weight: 2,
    check: () => topology.isReady('step-ca'),
    apply: (run) => topology.startServer('step-ca', run.signal),
    async undo() {
      await topology.stopServer('step-ca');
    },
  };
}
