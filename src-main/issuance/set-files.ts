import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readBundle } from '../tls/certificates.ts';

/** What the three files of a certificate set hold at one instant. Absent: the file is not there. */
export interface ServiceFiles {
  readonly certPem?: string;
  readonly keyPem?: string;
  readonly bundlePem?: string;
}

const text = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

/**
 * Reads leaf, key and bundle, in one go: three small files are there sooner than the first of them comes back from another thread.
 * A file that is not there is left out; one that cannot be read throws.
 */
export function readServiceFiles(paths: {
  readonly cert: string;
  readonly key: string;
  readonly bundle: string;
}): ServiceFiles {
  const [certPem, keyPem, bundlePem] = [text(paths.cert), text(paths.key), text(paths.bundle)];
  return {
    ...(certPem === undefined ? {} : { certPem }),
    ...(keyPem === undefined ? {} : { keyPem }),
    ...(bundlePem === undefined ? {} : { bundlePem }),
  };
}

export const parseLeaf = (pem: string): X509Certificate | undefined => {
  try {
    return readBundle(pem)[0];
  } catch {
    return undefined;
  }
};

export const parseKey = (pem: string): KeyObject | undefined => {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
};

export const parseBundle = (pem: string): readonly X509Certificate[] => {
  try {
    return readBundle(pem);
  } catch {
    return [];
  }
};

/** DNS names of the subject alternative name. */
export const dnsNames = (leaf: X509Certificate): readonly string[] =>
  (leaf.subjectAltName ?? '')
    .split(', ')
    .filter((name) => name.startsWith('DNS:'))
    .map((name) => name.slice(4));
