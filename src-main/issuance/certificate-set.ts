import type { KeyObject, X509Certificate } from 'node:crypto';
import { existsSync, lstatSync, statSync, type Stats } from 'node:fs';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { IssuedCertificate } from '../acme/port.ts';
import { readBundle, sha256 } from '../tls/certificates.ts';
import { ensureDirectory, writeFileAtomic } from '../workspace/atomic.ts';
import { fileFailure } from '../workspace/file-failure.ts';
import { exportKey } from '../x509/keys.ts';
import { mergeBundle, verifyPins } from '../x509/trust-bundle.ts';
import { parseKey, parseLeaf, readServiceFiles } from './set-files.ts';

/** The three files that are replaced together, and where the generation before is kept. */
export interface SetPaths {
  readonly cert: string;
  readonly key: string;
  readonly bundle: string;
  /** Directory of one previous generation. */
  readonly previous: string;
}

/** One previous generation beside the key, by the key's own name: a service may have several certificates in one directory. */
export const previousOf = (key: string): string => join(dirname(key), '.previous', basename(key));

/** Pins and what the bundle may be made of. Without it (no `[trust]` pins) the bundle is not touched. */
export interface SetTrust {
  readonly pins: readonly string[];
  readonly bundlePem: string;
}

export interface InstallOptions {
  /** Group that may read the set (`cert_group_gid`, formats-newer.md): key 0640, directories 0750. */
  readonly gid?: number;
  /** Called between the files of the set; a test ends the process there. */
  readonly onStep?: (step: 'kept' | 'key' | 'cert' | 'bundle') => void | Promise<void>;
}

/** Stands in the previous generation's directory while the set is being replaced. */
const markerName = 'replacing';

const der = (pem: string): Uint8Array[] => readBundle(pem).map((certificate) => certificate.raw);
const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';
const members = (paths: SetPaths): readonly string[] => [...new Set([paths.cert, paths.key, paths.bundle])];

interface Ownership {
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** What is at a path: asked at once, since the answer is there sooner than it comes back from another thread. */
const at = (path: string): Stats | undefined => statSync(path, { throwIfNoEntry: false });

/** Owner and mode of a file that is replaced; a new one is the process's own. */
function like(path: string, whenNew: number, grouped?: Ownership): Ownership {
  const now = at(path);
  if (now === undefined) return grouped ?? { mode: whenNew };
  const kept = { mode: now.mode & 0o777, uid: now.uid, gid: now.gid };
  return grouped === undefined ? kept : { ...kept, ...grouped };
}

/** A directory that is there already is changed only when the group could not pass it (C22). */
async function directoryFor(path: string, mode: number, gid: number | undefined): Promise<void> {
  if (gid === undefined) {
    if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
    return ensureDirectory(path, { mode });
  }
  const now = at(path);
  const passable =
    now !== undefined && ((now.gid === gid && (now.mode & 0o010) !== 0) || (now.mode & 1) !== 0);
  if (!passable) await ensureDirectory(path, { mode, gid, enforce: true });
}

const marker = (paths: SetPaths): string => join(paths.previous, markerName);

const mark = (paths: SetPaths): Promise<void> => writeFileAtomic(marker(paths), '', { mode: 0o600 });

/** A second name for what stands there: the set's files are replaced by rename, so this one keeps what it names. */
async function keepOne(path: string, copy: string): Promise<void> {
  try {
    await link(path, copy);
    return;
  } catch (error) {
    if (isMissing(error)) return;
    // Another file system, or one without second names.
  }
  try {
    await writeFileAtomic(copy, await readFile(path), { mode: 0o600, directoryLater: true });
  } catch (error) {
    if (!isMissing(error)) throw fileFailure(error, copy);
  }
}

/** Where there was no set there is nothing that a power cut could take: half of a first one is simply issued again. */
async function keepPrevious(paths: SetPaths, isFirst: boolean): Promise<void> {
  if (lstatSync(paths.previous, { throwIfNoEntry: false }) !== undefined)
    await rm(paths.previous, { recursive: true, force: true });
  if (isFirst) {
    await mkdir(paths.previous, { recursive: true, mode: 0o700 });
    return writeFile(marker(paths), '', { mode: 0o600 });
  }
  await ensureDirectory(paths.previous, { mode: 0o700 });
  for (const path of members(paths)) await keepOne(path, join(paths.previous, basename(path)));
  await mark(paths);
}

/** Not flushed: a mark that comes back after a power cut is found beside a whole set, and goes again. */
const settled = (paths: SetPaths): Promise<void> => rm(marker(paths), { force: true });

type Bundle = ReturnType<typeof mergeBundle>;

/** The answer of the last call, and to what: hundreds of certificates of one CA ask the same. */
let lastBundle: { readonly asked: readonly string[]; readonly bundle: Bundle } | undefined;

/** The bundle after an issuance, its chain verified against the pins. */
function nextBundle(chainPem: readonly string[], trust: SetTrust, before: string): Bundle {
  const asked = [chainPem.join(''), trust.pins.join(), trust.bundlePem, before];
  if (lastBundle?.asked.every((text, index) => text === asked[index]) === true) return lastBundle.bundle;
  const chain = chainPem.flatMap(der);
  verifyPins(chain, trust.pins);
  const bundle = mergeBundle(trust.pins, chain, [...der(trust.bundlePem), ...der(before)]);
  lastBundle = { asked, bundle };
  return bundle;
}

/**
 * Installs an issued certificate by the trust rules of formats.md, in the right order: the chain is verified against the
 * pins before anything is written; the previous set is kept; then key, leaf and bundle, each atomic with its final mode.
 * The bundle is merged by fingerprint and keeps the root. Owner, group and mode of files that are there stay. A crash
 * between two of them is mended by {@link recoverSet}, which goes first: half of a set is nothing to go back to.
 * @throws `pin_mismatch`, `pins_missing`, `bundle_without_anchor`, and what the file system refuses
 * @returns the leaf, and SHA-256 of the bundle's members (empty when the bundle was not touched)
 */
export async function installSet(
  paths: SetPaths,
  issued: IssuedCertificate,
  key: KeyObject,
  trust: SetTrust | undefined,
  options: InstallOptions = {},
): Promise<{ readonly leaf: X509Certificate; readonly bundle: readonly string[] }> {
  const [leaf] = readBundle(issued.leafPem);
  if (leaf === undefined) throw new TypeError('no certificate to install');
  await recoverSet(paths);
  const before = readServiceFiles(paths);
  const bundle = trust === undefined ? undefined : nextBundle(issued.chainPem, trust, before.bundlePem ?? '');
  const { gid, onStep } = options;
  await directoryFor(dirname(paths.key), gid === undefined ? 0o700 : 0o750, gid);
  for (const directory of new Set([dirname(paths.cert), dirname(paths.bundle)]))
    if (directory !== dirname(paths.key))
      await directoryFor(directory, gid === undefined ? 0o700 : 0o755, gid);
  await keepPrevious(paths, before.certPem === undefined && before.keyPem === undefined);
  await onStep?.('kept');
  const grouped = (mode: number): Ownership | undefined => (gid === undefined ? undefined : { mode, gid });
  // One flush of a directory that both stand in is enough: until then the mark tells of the attempt.
  const directoryLater = dirname(paths.key) === dirname(paths.cert);
  const keyOptions = like(paths.key, 0o600, grouped(0o640));
  await writeFileAtomic(paths.key, exportKey(key), { ...keyOptions, directoryLater });
  await onStep?.('key');
  await writeFileAtomic(paths.cert, issued.leafPem, like(paths.cert, 0o644, grouped(0o644)));
  await onStep?.('cert');
  if (bundle !== undefined && (bundle.pem !== before.bundlePem || gid !== undefined))
    await writeFileAtomic(paths.bundle, bundle.pem, like(paths.bundle, 0o644, grouped(0o644)));
  await onStep?.('bundle');
  await settled(paths);
  return { leaf, bundle: bundle?.fingerprints ?? [] };
}

/** SHA-256 of the leaf that is kept one generation back, '' for a generation without one; undefined when nothing is kept. */
export function keptLeaf(paths: SetPaths): string | undefined {
  if (!existsSync(paths.previous)) return undefined;
  const kept = (path: string): string => join(paths.previous, basename(path));
  const { certPem } = readServiceFiles({
    cert: kept(paths.cert),
    key: kept(paths.key),
    bundle: kept(paths.bundle),
  });
  const leaf = certPem === undefined ? undefined : parseLeaf(certPem);
  return leaf === undefined ? '' : sha256(leaf);
}

/**
 * Puts the previous generation back, with owner and mode of what stands there now. A member that did not exist before is
 * removed; the bundle, which only ever grew by what is pinned, is put back only when it is there. The leaf goes last, so that
 * whoever asks by it whether there is something to restore is right after a crash, which {@link recoverSet} mends.
 * @returns false when there is no previous generation to go back to
 */
export async function restoreSet(
  paths: SetPaths,
  onStep?: (path: string) => void | Promise<void>,
): Promise<boolean> {
  if (!existsSync(paths.previous)) return false;
  await mark(paths);
  for (const path of new Set([paths.bundle, paths.key, paths.cert])) {
    try {
      const content = await readFile(join(paths.previous, basename(path)));
      await writeFileAtomic(path, content, like(path, path === paths.key ? 0o600 : 0o644));
    } catch (error) {
      if (!isMissing(error)) throw error;
      if (path !== paths.bundle) await rm(path, { force: true });
    }
    await onStep?.(path);
  }
  await rm(paths.previous, { recursive: true, force: true });
  return true;
}

function belongsTogether(paths: SetPaths): boolean {
  const files = readServiceFiles(paths);
  const leaf = files.certPem === undefined ? undefined : parseLeaf(files.certPem);
  const key = files.keyPem === undefined ? undefined : parseKey(files.keyPem);
  return leaf !== undefined && key !== undefined && leaf.checkPrivateKey(key);
}

/** Longer than another process needs between two files of a set that it is just replacing. */
const patienceMs = 400;

/**
 * After a crash: when the replacement of a set was cut off so that leaf and key do not belong together, the previous set
 * comes back; when all of it was written, only the mark of the attempt goes. An agent may be replacing it this very moment, so
 * it is looked at twice.
 */
export async function recoverSet(paths: SetPaths): Promise<'nothing' | 'completed' | 'restored'> {
  const marked = (): boolean => existsSync(marker(paths));
  if (!marked()) return 'nothing';
  if (!belongsTogether(paths)) {
    await setTimeout(patienceMs);
    if (!marked()) return 'nothing';
  }
  if (belongsTogether(paths)) {
    await settled(paths);
    return 'completed';
  }
  await restoreSet(paths);
  return 'restored';
}
