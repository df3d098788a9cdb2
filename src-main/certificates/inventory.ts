import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Service } from '../services/entry.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import { isStagedName } from '../workspace/atomic.ts';

/** One file of the installation that may hold certificates. */
export interface CertificateFile {
  /** As the operator knows it. */
  readonly path: string;
  /** Of a leaf: the one service it belongs to. A bundle that several services share belongs to none. */
  readonly service?: Service;
}

async function filesIn(directory: string): Promise<readonly string[]> {
  try {
    const names = await readdir(directory);
    return names
      .filter((name) => /\.(?:crt|pem|cer)$/i.test(name) && !isStagedName(name))
      .map((name) => join(directory, name));
  } catch {
    return [];
  }
}

function ownersOf(services: readonly Service[]): ReadonlyMap<string, readonly Service[]> {
  const owners = new Map<string, Service[]>();
  for (const service of services)
    for (const path of [service.cert, service.bundle])
      owners.set(path, [...(owners.get(path) ?? []), service]);
  return owners;
}

/**
 * The files of the CA, of every service, and whatever else lies in `certs/`, each once also when it has two names. A file that a
 * service does not have yet is left out.
 */
export async function certificateFiles(
  paths: WorkspacePaths,
  services: readonly Service[],
): Promise<readonly CertificateFile[]> {
  const owners = ownersOf(services);
  const candidates = [...owners.keys(), ...(await filesIn(paths.caCerts)), ...(await filesIn(paths.certs))];
  const seen = new Set<string>();
  const files: CertificateFile[] = [];
  for (const path of candidates) {
    const real = await realpath(path).catch(() => undefined);
    if (real === undefined || seen.has(real)) continue;
    seen.add(real);
    const [service, ...others] = owners.get(path) ?? [];
    files.push({ path, ...(service === undefined || others.length > 0 ? {} : { service }) });
  }
  return files;
}
