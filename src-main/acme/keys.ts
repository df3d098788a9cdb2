import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { ConsoleError } from '../../shared/errors.ts';
import { writeRequest } from '../x509/request-writer.ts';
import type { Identifier } from './port.ts';

/** A new EC key as PKCS#8 PEM, for an account or a leaf. */
export function newEcKey(curve: 'P-256' | 'P-384' = 'P-256'): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: curve });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/**
 * A PKCS#10 request with the identifiers as SAN and an empty subject: the identity is the SAN alone.
 * @param key PEM private key
 * @throws ConsoleError `tls_key_mismatch` when the key cannot be read
 */
export function makeCsr(key: string, identifiers: readonly Identifier[]): string {
  const names = identifiers.map(({ value }) => value);
  try {
    return writeRequest(createPrivateKey(key), names, { commonName: false }).pem;
  } catch (cause) {
    throw new ConsoleError('tls_key_mismatch', {}, { cause });
  }
}
