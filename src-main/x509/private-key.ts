import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { contentOf, DerCursor, readOnly, tags } from './der.ts';
import { digestHex } from './digest.ts';
import type { PemBlock } from './pem.ts';
import { bmpPassword, decryptByPassword, DerivationBudget } from './password-encryption.ts';
import { readKeyFacts, type KeyFacts } from './public-key.ts';

export type PrivateKeyFormat = 'pkcs1' | 'sec1' | 'pkcs8' | 'openssh' | 'pem';

/** What may be said of a private key. The key itself is let go as soon as this is known. */
export interface PrivateKeyFacts {
  readonly format: PrivateKeyFormat;
  readonly encrypted: boolean;
  readonly opened: boolean;
  readonly facts?: KeyFacts;
  /** SHA-256 of the public half, to find the certificate it belongs to. */
  readonly spkiSha256?: string;
}

function ofPublicHalf(key: KeyObject): Pick<PrivateKeyFacts, 'facts' | 'spkiSha256'> {
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return { facts: readKeyFacts(readOnly(spki)), spkiSha256: digestHex('sha256', spki) };
}

/** Facts of unencrypted DER; a key that node:crypto cannot read stays closed. */
export function factsOfKey(
  der: Uint8Array,
  format: 'pkcs1' | 'sec1' | 'pkcs8',
  encrypted = false,
): PrivateKeyFacts {
  try {
    const key = createPrivateKey({ key: Buffer.from(der), format: 'der', type: format });
    return { format, encrypted, opened: true, ...ofPublicHalf(key) };
  } catch {
    // A kind of key that this Node does not know. No cause is kept: it could quote the key.
    return { format, encrypted, opened: false };
  }
}

/** EncryptedPrivateKeyInfo (RFC 5958 chapter 3). Closed when the password is missing or wrong. */
export async function factsOfEncryptedKey(
  der: Uint8Array,
  password: string | undefined,
  budget = new DerivationBudget(),
): Promise<PrivateKeyFacts> {
  const closed: PrivateKeyFacts = { format: 'pkcs8', encrypted: true, opened: false };
  if (password === undefined) return closed;
  const cursor = new DerCursor(readOnly(der));
  const algorithm = cursor.next();
  const data = contentOf(cursor.next(tags.octetString));
  const plain = await decryptByPassword(
    algorithm,
    data,
    { text: password, bmp: bmpPassword(password) },
    budget,
  );
  return plain === undefined ? closed : factsOfKey(plain, 'pkcs8', true);
}

/** The cipher name of an `openssh-key-v1` file tells whether it is encrypted. */
function factsOfOpenSsh(der: Uint8Array): PrivateKeyFacts {
  const cipher = Buffer.from(der.subarray(15, 40)).toString('latin1');
  return { format: 'openssh', encrypted: !cipher.includes('\u0004none'), opened: false };
}

/** A PEM private key of any kind: PKCS#8, PKCS#1, SEC1, the encrypted forms of both generations, OpenSSH. */
export async function factsOfPemKey(
  block: PemBlock,
  password: string | undefined,
  budget: DerivationBudget,
): Promise<PrivateKeyFacts> {
  if (block.headers['Proc-Type']?.includes('ENCRYPTED') === true) {
    if (password === undefined) return { format: 'pem', encrypted: true, opened: false };
    try {
      const key = createPrivateKey({ key: block.text, passphrase: password });
      return { format: 'pem', encrypted: true, opened: true, ...ofPublicHalf(key) };
    } catch {
      return { format: 'pem', encrypted: true, opened: false };
    }
  }
  switch (block.label) {
    case 'RSA PRIVATE KEY':
      return factsOfKey(block.der, 'pkcs1');
    case 'EC PRIVATE KEY':
      return factsOfKey(block.der, 'sec1');
    case 'ENCRYPTED PRIVATE KEY':
      return factsOfEncryptedKey(block.der, password, budget);
    case 'OPENSSH PRIVATE KEY':
      return factsOfOpenSsh(block.der);
    default:
      return factsOfKey(block.der, 'pkcs8');
  }
}
