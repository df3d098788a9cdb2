import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { ConsoleError } from '../../shared/errors.ts';

/** Key types that the console makes. step-ca and OpenSSL read all of them. */
export const keyTypes = ['ec-p256', 'ec-p384', 'rsa-2048', 'rsa-3072', 'rsa-4096', 'ed25519'] as const;
export type KeyType = (typeof keyTypes)[number];

const generate = promisify(generateKeyPair);

/** A fresh private key; its public half is `createPublicKey(key)`. */
export async function generateKey(type: KeyType): Promise<KeyObject> {
  switch (type) {
    case 'ec-p256':
      return (await generate('ec', { namedCurve: 'P-256' })).privateKey;
    case 'ec-p384':
      return (await generate('ec', { namedCurve: 'P-384' })).privateKey;
    case 'ed25519':
      return (await generate('ed25519')).privateKey;
    case 'rsa-2048':
      return (await generate('rsa', { modulusLength: 2048 })).privateKey;
    case 'rsa-3072':
      return (await generate('rsa', { modulusLength: 3072 })).privateKey;
    case 'rsa-4096':
      return (await generate('rsa', { modulusLength: 4096 })).privateKey;
  }
}

/** Encrypted PKCS#8 PEM (PBES2, AES-256-CBC), the form in which step-ca reads its CA keys. */
export function encryptKey(key: KeyObject, passphrase: string): string {
  return key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }) as string;
}

/** Unencrypted PKCS#8 PEM, for service keys in 0600 files. */
export function exportKey(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }) as string;
}

/**
 * Opens an encrypted private key: PKCS#8, or the `Proc-Type: 4,ENCRYPTED` form that `step ca init` writes. A key without
 * encryption opens with any passphrase.
 * Throws `key_password_wrong`, or `key_unreadable` when it is no private key at all.
 */
export function decryptKey(pem: string, passphrase: string): KeyObject {
  try {
    return createPrivateKey({ key: pem, passphrase });
  } catch (cause) {
    const encrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/.test(pem);
    // No cause: what OpenSSL says of a key stays here, and a wrong password may look like any fault of the content.
    if (encrypted) throw new ConsoleError('key_password_wrong');
    throw new ConsoleError('key_unreadable', {}, { cause });
  }
}
