import { X509Certificate, type KeyObject } from 'node:crypto';
import { chmod, copyFile, mkdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { IssuedCertificate } from '../acme/port.ts';
import { ensureDirectory, writeFileAtomic } from '../workspace/atomic.ts';
import { exportKey } from '../x509/keys.ts';
import { mergeBundle, verifyPins } from '../x509/trust-bundle.ts';
import { readBundle } from '../tls/certificates.ts';
import type { Service } from './entry.ts';
import { readServiceFiles } from './ladder/files.ts';

/** Pins and bundle of one generation, as OpenBao has them. */
export interface TrustDocument {
  readonly pins: readonly string[];
  readonly bundlePem: string;
}

const der = (pem: string): Uint8Array[] => readBundle(pem).map((certificate) => certificate.raw);

/** Owner and mode of a file that is replaced; a new one is the console's own. */
async function like(path: string, mode: number): Promise<{ mode: number; uid?: number; gid?: number }> {
  try {
    const now = await stat(path);
    return { mode: now.mode & 0o777, uid: now.uid, gid: now.gid };
  } catch {
    return { mode };
  }
}

/** Where the set that an issuance replaced is kept: one generation back. */
export const previousDirectory = (service: Service): string =>
  join(dirname(service.key), '.previous', service.id);

async function keepPrevious(service: Service): Promise<void> {
  const directory = previousDirectory(service);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const path of [service.cert, service.key, service.bundle]) {
    const copy = join(directory, basename(path));
    try {
      await copyFile(path, copy);
      await chmod(copy, 0o600);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

/**
 * Installs an issued certificate by the trust rules of formats.md, in the right order: the chain is verified against the
 * pins before anything is written; the previous set is kept; then key, leaf and bundle, each atomic with its final mode.
 * The bundle is merged by fingerprint and keeps the root.
 * @throws `pin_mismatch`, `bundle_without_anchor`, and what the file system refuses
 * @returns SHA-256 of the leaf and of the bundle's members
 */
export async function installCertificate(
  service: Service,
  issued: IssuedCertificate,
  key: KeyObject,
  trust: TrustDocument,
): Promise<{ readonly leaf: X509Certificate; readonly bundle: readonly string[] }> {
  const leaf = new X509Certificate(issued.leafPem);
  const chain = issued.chainPem.flatMap(der);
  verifyPins(chain, trust.pins);
  const before = await readServiceFiles({ cert: service.cert, key: service.key, bundle: service.bundle });
  const bundle = mergeBundle(trust.pins, chain, [
    ...der(trust.bundlePem),
    ...(before.bundlePem === undefined ? [] : der(before.bundlePem)),
  ]);
  for (const directory of new Set([dirname(service.key), dirname(service.cert)]))
    await ensureDirectory(directory, { mode: 0o700 });
  await keepPrevious(service);
  await writeFileAtomic(service.key, exportKey(key), await like(service.key, 0o600));
  await writeFileAtomic(service.cert, issued.leafPem, await like(service.cert, 0o644));
  await writeFileAtomic(service.bundle, bundle.pem, await like(service.bundle, 0o644));
  return { leaf, bundle: bundle.fingerprints };
}
