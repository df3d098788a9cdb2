import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isConsoleError } from '../../shared/errors.ts';
import { readTextFileIfPresent } from '../workspace/atomic.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import { openAuthority } from '../x509/authority.ts';
import { decryptKey, encryptKey } from '../x509/keys.ts';
import type { RotationContext } from './context.ts';

/** Where OpenBao has the password of the CA keys. */
export const passwordKv = 'bootroot/stepca/password';

/** One encrypted CA key with the certificate it belongs to. */
export interface CaKey {
  readonly name: 'root' | 'intermediate';
  readonly path: string;
  /** Where the re-encrypted key waits until both have been opened again. */
  readonly newPath: string;
  readonly certificate: string;
}

/** The CA keys of this host. A root key that is kept offline is none of them. */
export async function caKeysOf(paths: WorkspacePaths): Promise<readonly CaKey[]> {
  const all: CaKey[] = [
    {
      name: 'root',
      path: paths.rootKey,
      newPath: `${paths.rootKey}.new`,
      certificate: paths.rootCert,
    },
    {
      name: 'intermediate',
      path: paths.intermediateKey,
      newPath: `${paths.intermediateKey}.new`,
      certificate: paths.intermediateCert,
    },
  ];
  const there = await Promise.all(all.map(({ path }) => readTextFileIfPresent(path)));
  return all.filter((key, index) => key.name === 'intermediate' || there[index] !== undefined);
}

/** Whether the key in this file opens with the password and belongs to its certificate. A file that is not there does not. */
export async function keyOpens(key: CaKey, path: string, password: string): Promise<boolean> {
  const pem = await readTextFileIfPresent(path);
  if (pem === undefined) return false;
  try {
    openAuthority(new X509Certificate(await readFile(key.certificate)).raw, decryptKey(pem, password));
    return true;
  } catch (error) {
    if (isConsoleError(error)) return false;
    throw error;
  }
}

/** The first of these passwords that opens the key; undefined when none does. */
export async function passwordOf(key: CaKey, candidates: readonly string[]): Promise<string | undefined> {
  for (const password of candidates) if (await keyOpens(key, key.path, password)) return password;
  return undefined;
}

/** The key in a file under another password. Throws `key_password_wrong`, `key_unreadable`, `file_missing`. */
export async function reencrypted(key: CaKey, from: string, to: string): Promise<string> {
  const pem = (await readTextFileIfPresent(key.path)) ?? '';
  return encryptKey(decryptKey(pem, from), to);
}

/** Where the newer tools stage a password. A crash of theirs leaves it as the only one that opens a key. */
export const toolsPassword = (context: RotationContext): string =>
  `${context.services.paths.passwordFile}.new`;

/** Passwords that may be in force: what OpenBao and password.txt hold, and what an interrupted rotation of the tools left. */
export async function passwordCandidates(context: RotationContext): Promise<string[]> {
  const { services } = context;
  const stored = (await services.client().kv.read(passwordKv))?.data['value'];
  const files = await Promise.all(
    [services.paths.passwordFile, toolsPassword(context)].map((path) => readTextFileIfPresent(path)),
  );
  const all = [stored, ...files.map((text) => text?.replace(/\r?\n$/, ''))];
  return [...new Set(all.filter((one): one is string => typeof one === 'string' && one !== ''))];
}
