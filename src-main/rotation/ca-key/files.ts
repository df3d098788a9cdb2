import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Trust } from '../../setup/local/trust-step.ts';
import { sha256 } from '../../tls/certificates.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import type { CaKeyMode } from './record.ts';

/** A CA certificate or key: in force, waiting beside it, and as it was before the switch. */
export interface CaFile {
  readonly live: string;
  readonly next: string;
  readonly backup: string;
  readonly mode: number;
  readonly kind: 'certificate' | 'key';
}

const file = (live: string, kind: CaFile['kind']): CaFile => ({
  live,
  next: `${live}.next`,
  backup: `${live}.bak`,
  mode: kind === 'key' ? 0o600 : 0o644,
  kind,
});

/** What a rotation replaces: keys first, so that a certificate in place always has its key. */
export const caFilesOf = (paths: WorkspacePaths, mode: CaKeyMode): readonly CaFile[] => [
  ...(mode === 'full' ? [file(paths.rootKey, 'key')] : []),
  file(paths.intermediateKey, 'key'),
  ...(mode === 'full' ? [file(paths.rootCert, 'certificate')] : []),
  file(paths.intermediateCert, 'certificate'),
];

/** Undefined: there is no certificate at this path. */
export async function certificateAt(path: string): Promise<X509Certificate | undefined> {
  try {
    return new X509Certificate(await readFile(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The certificate with this fingerprint, wherever the rotation has put it by now. */
export async function certificateOf(live: string, fingerprint: string): Promise<X509Certificate | undefined> {
  for (const path of [live, `${live}.next`, `${live}.bak`]) {
    const found = await certificateAt(path);
    if (found !== undefined && sha256(found) === fingerprint) return found;
  }
  return undefined;
}

/** One trust document of these certificates, in their order, each once. */
export function trustFrom(certificates: readonly X509Certificate[]): Trust {
  const unique = [...new Map(certificates.map((one) => [sha256(one), one])).values()];
  return {
    trusted_ca_sha256: unique.map(sha256),
    ca_bundle_pem: unique.map((one) => one.toString()).join(''),
  };
}
