import 'reflect-metadata';
import { createPublicKey, randomBytes, webcrypto, type KeyObject } from 'node:crypto';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);

/** How a key signs: the algorithm that imports it into WebCrypto and the one that signs with it. */
type SigningAlgorithm = { readonly name: string; readonly hash?: string; readonly namedCurve?: string };

/** RFC 5480 and RFC 8032: the hash fits the key's strength. Keys of other types cannot sign certificates here. */
export function signingAlgorithm(key: KeyObject): SigningAlgorithm {
  switch (key.asymmetricKeyType) {
    case 'ec':
      return key.asymmetricKeyDetails?.namedCurve === 'secp384r1'
        ? { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' }
        : { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
    case 'rsa':
      return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
    case 'ed25519':
      return { name: 'Ed25519' };
    default:
      throw new TypeError(`A key of type ${String(key.asymmetricKeyType)} cannot sign certificates.`);
  }
}

/** The key as WebCrypto holds it, which is what @peculiar/x509 signs with. It never leaves this process. */
export async function toSigningKey(key: KeyObject): Promise<webcrypto.CryptoKey> {
  const pkcs8 = key.export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', pkcs8, signingAlgorithm(key), false, ['sign']);
}

/** SubjectPublicKeyInfo of a private or public key. */
export function publicKeyOf(key: KeyObject): x509.PublicKey {
  const half = key.type === 'private' ? createPublicKey(key) : key;
  return new x509.PublicKey(half.export({ type: 'spki', format: 'der' }));
}

/** 128 random bits, positive, never with a leading zero octet (RFC 5280 4.1.2.2). */
export function randomSerial(random: (size: number) => Uint8Array = randomBytes): string {
  const bytes = Buffer.from(random(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

/** A name of one CN and, where given, one O. Built from parts, so nothing in a name is read as syntax. */
export function makeName(commonName: string, organization?: string): x509.Name {
  return new x509.Name([
    ...(organization === undefined ? [] : [{ O: [{ utf8String: organization }] }]),
    { CN: [{ utf8String: commonName }] },
  ]);
}

export { x509 };
