import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ConsoleError } from '../../../shared/errors.ts';
import { readContainerFile, replaceContainerFile } from '../../docker/container-files.ts';
import { engineHere } from '../../docker/engine.ts';
import { dnsNames } from '../../issuance/set-files.ts';
import { publishedTrust } from '../../services/trust.ts';
import type { ServicesContext } from '../../services/context.ts';
import { readBundle } from '../../tls/certificates.ts';
import { readTextFileIfPresent, replaceFileAtomic } from '../../workspace/atomic.ts';
import { issueLeaf, openAuthority, type Authority } from '../../x509/authority.ts';
import { decryptKey, exportKey, generateKey, type KeyType } from '../../x509/keys.ts';
import { caKeysOf, passwordOf } from '../ca-keys.ts';
import type { InfraPair } from './servers.ts';

/** The tools' lifetime of a server's certificate (formats-newer.md), as long as the CA lives that long. */
const lifetimeMs = 8760 * 3600 * 1000;
/** A clock that is behind must not refuse the new certificate. */
const backdateMs = 5 * 60 * 1000;

/** Certificate with its chain, and key, as a server reads them. */
export interface PairText {
  readonly cert: string;
  readonly key: string;
}

export async function readPair({ certPath, keyPath, inside }: InfraPair): Promise<PairText | undefined> {
  const read = (path: string): Promise<string | undefined> =>
    inside === undefined ? readTextFileIfPresent(path) : readContainerFile(engineHere(), inside, path);
  const [cert, key] = await Promise.all([read(certPath), read(keyPath)]);
  return cert === undefined || key === undefined ? undefined : { cert, key };
}

/**
 * Both files, each whole; owner and mode stay. A running server looks at them when it is told to, but one that starts in between needs a
 * key that fits its certificate: when the second cannot be written on this host, the first is put back.
 */
export async function writePair(
  { certPath, keyPath, inside }: InfraPair,
  { cert, key }: PairText,
): Promise<void> {
  if (inside !== undefined) {
    await replaceContainerFile(engineHere(), inside, keyPath, key);
    await replaceContainerFile(engineHere(), inside, certPath, cert);
    return;
  }
  const before = await readTextFileIfPresent(keyPath);
  await replaceFileAtomic(keyPath, key, { mode: 0o600 });
  try {
    await replaceFileAtomic(certPath, cert, { mode: 0o644 });
  } catch (error) {
    if (before !== undefined)
      await replaceFileAtomic(keyPath, before, { mode: 0o600 }).catch(() => undefined);
    throw error;
  }
}

/** @throws `tls_bundle_unreadable` when there is none in the text */
export function leafOf({ cert }: PairText): X509Certificate {
  const [leaf] = readBundle(cert);
  if (leaf === undefined) throw new ConsoleError('tls_bundle_unreadable');
  return leaf;
}

/** Every name and address that a certificate is for. */
export const namesOf = (leaf: X509Certificate): readonly string[] => {
  const addresses = (leaf.subjectAltName ?? '')
    .split(', ')
    .filter((entry) => entry.startsWith('IP Address:'))
    .map((entry) => entry.slice('IP Address:'.length));
  return [...dnsNames(leaf), ...addresses];
};

/** The installation's intermediate with its key. Throws `infra_tls_no_ca`. */
export async function openIntermediate(context: ServicesContext): Promise<Authority> {
  const { paths } = context;
  const intermediate = (await caKeysOf(paths)).find(({ name }) => name === 'intermediate');
  const stored = (await context.client().kv.read('bootroot/stepca/password'))?.data['value'];
  const candidates = [stored, (await readTextFileIfPresent(paths.passwordFile))?.trim()].filter(
    (one): one is string => typeof one === 'string' && one !== '',
  );
  const pem = intermediate === undefined ? undefined : await readTextFileIfPresent(intermediate.path);
  if (intermediate === undefined || pem === undefined)
    throw new ConsoleError('infra_tls_no_ca', { path: paths.intermediateKey });
  const password = await passwordOf(intermediate, candidates);
  if (password === undefined) throw new ConsoleError('infra_tls_no_ca', { path: intermediate.path });
  return openAuthority(
    new X509Certificate(await readFile(intermediate.certificate)).raw,
    decryptKey(pem, password),
  );
}

/** A new pair for the names of the old one, with the chain up to the anchor that everybody has. */
export async function freshPair(context: ServicesContext, before: PairText): Promise<PairText> {
  const old = leafOf(before);
  const type = old.publicKey.asymmetricKeyType === 'rsa' ? 'rsa-2048' : 'ec-p256';
  return makePair(await openIntermediate(context), namesOf(old), type, context.now());
}

/**
 * A pair for a server, with the chain up to the anchor that everybody has.
 * @param now unix milliseconds
 */
export async function makePair(
  issuer: Authority,
  names: readonly string[],
  type: KeyType,
  now: number,
): Promise<PairText> {
  const key = await generateKey(type);
  const end = Date.parse(new X509Certificate(issuer.pem).validTo);
  const notBefore = now - backdateMs;
  const leaf = await issueLeaf(
    {
      names,
      key,
      purposes: ['server'],
      notBefore,
      lifetime: Math.min(lifetimeMs, end - notBefore - 1000),
    },
    issuer,
  );
  return { cert: `${leaf.pem.trimEnd()}\n${issuer.pem}`, key: exportKey(key) };
}

export const trustOf = async (context: ServicesContext): Promise<string> =>
  (await publishedTrust(context.client())).bundlePem;
