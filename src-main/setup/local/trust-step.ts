import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { message } from '../../../shared/message.ts';
import type { Step } from '../../operations/types.ts';
import { sha256 } from '../../tls/certificates.ts';
import { removeFile, writeFileAtomic } from '../../workspace/atomic.ts';
import { kvMount, rootClient, type SetupContext } from './context.ts';

/** Pins and bundle of the installation as `bootroot/ca` holds them: always of one generation (failure mode C15). */
export interface Trust {
  readonly trusted_ca_sha256: readonly string[];
  readonly ca_bundle_pem: string;
}

/** Reads the CA certificates on disk into one trust document: root first, then the intermediate. */
export async function trustOf(paths: SetupContext['paths']): Promise<Trust> {
  const root = new X509Certificate(await readFile(paths.rootCert));
  const intermediate = new X509Certificate(await readFile(paths.intermediateCert));
  return {
    trusted_ca_sha256: [sha256(root), sha256(intermediate)],
    ca_bundle_pem: root.toString() + intermediate.toString(),
  };
}

export function trustStep(context: SetupContext): Step {
  const path = 'bootroot/ca';
  return {
    id: 'trust',
    title: message('setup.step.trust'),
    effects: [
      {
        kind: 'openbao',
        path: `${kvMount}/${path}`,
        action: 'create',
        what: 'kv',
        detail: 'trusted_ca_sha256, ca_bundle_pem',
      },
      { kind: 'file', path: context.paths.bundle, action: 'create', mode: '0644' },
    ],
    async check(run) {
      const wanted = await trustOf(context.paths);
      const root = await rootClient(context, run);
      const stored = (await root.kv.read(path))?.data;
      const file = await readFile(context.paths.bundle, 'utf8').catch(() => undefined);
      return (
        stored?.['ca_bundle_pem'] === wanted.ca_bundle_pem &&
        JSON.stringify(stored['trusted_ca_sha256']) === JSON.stringify(wanted.trusted_ca_sha256) &&
        file === wanted.ca_bundle_pem
      );
    },
    async apply(run) {
      const wanted = await trustOf(context.paths);
      const root = await rootClient(context, run);
      await root.kv.write(path, { ...wanted });
      await writeFileAtomic(context.paths.bundle, wanted.ca_bundle_pem, { mode: 0o644 });
    },
    undo: async () => {
      await removeFile(context.paths.bundle);
    },
  };
}
