import { X509Certificate, type KeyObject } from 'node:crypto';
import { ConsoleError } from '../../../shared/errors.ts';
import { readTextFile } from '../../workspace/atomic.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import { makeIntermediate, makeRoot, openAuthority, type Authority } from '../../x509/authority.ts';
import { readCertificateFields, type CertificateFields } from '../../x509/certificate-fields.ts';
import { decryptKey, keyTypes, type KeyType } from '../../x509/keys.ts';
import type { CaKeyMode } from './record.ts';

/** Clocks of service hosts may run behind this one. */
const backdateMs = 5 * 60_000;

/** The type of key of the old certificate; EC P-256 where it is none that the console makes. */
function keyTypeOf(key: KeyObject): KeyType {
  const curve = key.asymmetricKeyDetails?.namedCurve;
  const found =
    key.asymmetricKeyType === 'rsa'
      ? `rsa-${String(key.asymmetricKeyDetails?.modulusLength)}`
      : key.asymmetricKeyType === 'ed25519'
        ? 'ed25519'
        : curve === 'secp384r1'
          ? 'ec-p384'
          : 'ec-p256';
  return keyTypes.find((one) => one === found) ?? 'ec-p256';
}

/** `X` → `X G2` → `X G3`: no two generations share a name, so that nobody mixes them up (failure mode C2). */
export function nextName(name: string): string {
  const [, base = name, number = '1'] = /^(.*?) G(\d+)$/.exec(name) ?? [];
  return `${base} G${Number(number) + 1}`;
}

const organizationOf = (subject: string): string | undefined => /(?:^|\n)O=(.+)/.exec(subject)?.[1];

function requestLike(old: X509Certificate, fields: CertificateFields, now: number, mostUntil: number) {
  const notBefore = now - backdateMs;
  const organization = organizationOf(old.subject);
  return {
    commonName: nextName(fields.commonName ?? 'CA'),
    ...(organization === undefined ? {} : { organization }),
    keyType: keyTypeOf(old.publicKey),
    notBefore,
    // As long as the old one lived, and never longer than who signs it.
    lifetime: Math.min(fields.notAfter - fields.notBefore, mostUntil - notBefore),
    ...(fields.pathLength === undefined ? {} : { pathLength: fields.pathLength }),
    permittedNames: (fields.nameConstraints?.permitted ?? []).map(({ value }) => value),
  };
}

/** The root as it is on this host, with its key. Throws `file_missing` when the key is kept offline, `key_password_wrong`. */
async function openRoot(paths: WorkspacePaths, password: string): Promise<Authority> {
  const certificate = new X509Certificate(await readTextFile(paths.rootCert));
  return openAuthority(certificate.raw, decryptKey(await readTextFile(paths.rootKey), password));
}

export interface NewAuthorities {
  /** The new root, or the old one that signed the new intermediate. */
  readonly root: Authority;
  readonly intermediate: Authority;
}

/** A new intermediate, with `full` below a new root: names with a generation, everything else as the old ones. @param now unix milliseconds */
export async function makeAuthorities(
  paths: WorkspacePaths,
  mode: CaKeyMode,
  password: string,
  now: number,
): Promise<NewAuthorities> {
  const oldRoot = new X509Certificate(await readTextFile(paths.rootCert));
  const oldIntermediate = new X509Certificate(await readTextFile(paths.intermediateCert));
  const rootFields = readCertificateFields(oldRoot.raw);
  const root =
    mode === 'full'
      ? await makeRoot(requestLike(oldRoot, rootFields, now, Number.MAX_SAFE_INTEGER))
      : await openRoot(paths, password);
  const until = readCertificateFields(root.der).notAfter;
  if (until <= now) throw new ConsoleError('ca_key_root_expired');
  const fields = readCertificateFields(oldIntermediate.raw);
  return {
    root,
    intermediate: await makeIntermediate(requestLike(oldIntermediate, fields, now, until), root),
  };
}
