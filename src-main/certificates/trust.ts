import { readFile } from 'node:fs/promises';
import { readBundle } from '../tls/certificates.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import type { CertificateReader } from '../x509/certificate-reader.ts';
import type { TrustStore } from '../x509/verdicts.ts';

async function certificatesIn(path: string): Promise<readonly Uint8Array[]> {
  try {
    return readBundle(await readFile(path, 'utf8')).map(({ raw }) => new Uint8Array(raw));
  } catch {
    // Missing or damaged: the list of certificates names the file and its fault.
    return [];
  }
}

/**
 * What the services of this installation trust: its own root, and the intermediate so that a lone leaf has a chain. An
 * installation whose CA runs elsewhere has only the bundle. Empty when no root is at hand.
 */
export async function installationTrust(
  paths: WorkspacePaths | undefined,
  reader: CertificateReader,
): Promise<readonly TrustStore[]> {
  if (paths === undefined) return [];
  const own = await certificatesIn(paths.rootCert);
  const roots = own.length > 0 ? own : await certificatesIn(paths.bundle);
  const all = [...roots, ...(await certificatesIn(paths.intermediateCert))];
  const read = await reader.fields(all);
  const certificates = all.filter((_, index) => 'fields' in (read[index] ?? {}));
  const [first] = read.flatMap((one) =>
    'fields' in one && one.fields.subject === one.fields.issuer ? [one.fields] : [],
  );
  return first === undefined ? [] : [{ name: first.commonName ?? first.subject, certificates }];
}
