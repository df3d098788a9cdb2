import type { X509Certificate } from 'node:crypto';
import { ConsoleError } from '../../../shared/errors.ts';
import type { Trust } from '../../setup/local/trust-step.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import { certificateOf, trustFrom } from './files.ts';
import type { CaKeyRecord } from './record.ts';

/** The CA before and after, by the fingerprints that the record names. */
export interface Generations {
  readonly oldRoot: X509Certificate;
  readonly oldIntermediate: X509Certificate;
  readonly newRoot: X509Certificate;
  readonly newIntermediate: X509Certificate;
}

/** Reads both generations. Throws `ca_key_file_lost` naming the certificate of which no copy is left. */
export async function generationsOf(paths: WorkspacePaths, record: CaKeyRecord): Promise<Generations> {
  const one = async (live: string, fingerprint: string): Promise<X509Certificate> => {
    const found = await certificateOf(live, fingerprint);
    if (found === undefined)
      throw new ConsoleError('ca_key_file_lost', { path: live, fingerprint: fingerprint.slice(0, 16) });
    return found;
  };
  return {
    oldRoot: await one(paths.rootCert, record.old_root_fp),
    oldIntermediate: await one(paths.intermediateCert, record.old_intermediate_fp),
    newRoot: await one(paths.rootCert, record.new_root_fp),
    newIntermediate: await one(paths.intermediateCert, record.new_intermediate_fp),
  };
}

export const bothTrusted = (all: Generations): Trust =>
  trustFrom([all.oldRoot, all.oldIntermediate, all.newRoot, all.newIntermediate]);
export const newTrusted = (all: Generations): Trust => trustFrom([all.newRoot, all.newIntermediate]);
export const oldTrusted = (all: Generations): Trust => trustFrom([all.oldRoot, all.oldIntermediate]);

/**
 * Which of the two signed this leaf: by its signature, for the names of two generations may be the same (failure mode C2).
 */
export function issuerOf(leaf: X509Certificate, all: Generations): 'old' | 'new' | 'other' {
  if (leaf.verify(all.newIntermediate.publicKey)) return 'new';
  if (leaf.verify(all.oldIntermediate.publicKey)) return 'old';
  return 'other';
}
