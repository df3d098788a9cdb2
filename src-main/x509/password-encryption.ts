import { createDecipheriv, createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { ConsoleError } from '../../shared/errors.ts';
import { contentOf, DerCursor, malformed, readOnly, tags, type DerNode } from './der.ts';
import { oidOf, smallInteger } from './der-values.ts';
import { oidLabel } from './oids.ts';
import { decryptRc2 } from './rc2.ts';

const derive = promisify(pbkdf2);

/** Rounds of key derivation that one file may cost: a hostile one could ask for hours. */
const limits = { pbkdf2: 2_000_000, pkcs12: 500_000 } as const;

/** Octets of a salt or password; real salts have 8 to 32. */
const maxSalt = 4096;

/** What the derivations of one file may still cost. Throws `certificate_encryption_costly`. */
export class DerivationBudget {
  private readonly left: Record<keyof typeof limits, number> = { ...limits };

  spend(kind: keyof typeof limits, iterations: number): void {
    this.left[kind] -= iterations;
    if (this.left[kind] < 0) {
      throw new ConsoleError('certificate_encryption_costly', { iterations, limit: limits[kind] });
    }
  }
}

const unsupported = (algorithm: string): ConsoleError =>
  new ConsoleError('certificate_encryption_unsupported', { algorithm });

const hashLengths: Readonly<Record<string, number>> = {
  sha1: 20,
  sha224: 28,
  sha256: 32,
  sha384: 48,
  sha512: 64,
};
const prfHashes: Readonly<Record<string, string>> = {
  hmacWithSHA1: 'sha1',
  hmacWithSHA224: 'sha224',
  hmacWithSHA256: 'sha256',
  hmacWithSHA384: 'sha384',
  hmacWithSHA512: 'sha512',
};

/** PKCS#12 passwords are UTF-16BE with a terminator; no password at all is the empty string of octets (RFC 7292 B.1). */
export function bmpPassword(password: string): Uint8Array {
  return new Uint8Array(Buffer.from(`${password}\0`, 'utf16le').swap16());
}

/** Key derivation of RFC 7292 appendix B.2. `purpose`: 1 key, 2 initialisation vector, 3 MAC key. */
export function pkcs12Derive(
  hash: string,
  password: Uint8Array,
  salt: Uint8Array,
  iterations: number,
  purpose: 1 | 2 | 3,
  size: number,
  budget: DerivationBudget,
): Uint8Array {
  const length = hashLengths[hash];
  if (length === undefined) throw unsupported(`PKCS#12 KDF ${hash}`);
  if (salt.length > maxSalt || password.length > maxSalt) throw unsupported('PKCS#12 KDF, absurd salt');
  budget.spend('pkcs12', iterations * Math.ceil(size / length));
  const block = length > 32 ? 128 : 64;
  const repeated = (bytes: Uint8Array): Uint8Array =>
    Uint8Array.from(
      { length: bytes.length === 0 ? 0 : block * Math.ceil(bytes.length / block) },
      (_, index) => bytes[index % bytes.length] ?? 0,
    );
  const input = new Uint8Array([...repeated(salt), ...repeated(password)]);
  const diversifier = new Uint8Array(block).fill(purpose);
  const output = new Uint8Array(size);
  for (let done = 0; done < size; done += length) {
    let digest = createHash(hash).update(diversifier).update(input).digest();
    for (let round = 1; round < iterations; round++) digest = createHash(hash).update(digest).digest();
    output.set(digest.subarray(0, Math.min(length, size - done)), done);
    // I_j = I_j + B + 1 modulo 2^(8v)
    for (let start = 0; start < input.length; start += block) {
      let carry = 1;
      for (let index = block - 1; index >= 0; index--) {
        carry += (input[start + index] ?? 0) + (digest[index % length] ?? 0);
        input[start + index] = carry & 0xff;
        carry >>= 8;
      }
    }
  }
  return output;
}

/** PBKDF2-params (RFC 8018 A.2). */
function readPbkdf2(node: DerNode): {
  salt: Uint8Array;
  iterations: number;
  hash: string;
  keyLength?: number;
} {
  const cursor = new DerCursor(node);
  const salt = contentOf(cursor.next(tags.octetString));
  const iterations = smallInteger(cursor.next());
  const keyLength = cursor.optional(tags.integer);
  const prf = cursor.optional(tags.sequence);
  const name = prf === undefined ? 'hmacWithSHA1' : oidLabel(oidOf(new DerCursor(prf).next()));
  const hash = prfHashes[name];
  if (hash === undefined) throw unsupported(name);
  if (iterations < 1) throw malformed(node.offset, 'no derivation rounds');
  return {
    salt,
    iterations,
    hash,
    ...(keyLength === undefined ? {} : { keyLength: smallInteger(keyLength) }),
  };
}

const ciphers: Readonly<Record<string, number>> = {
  'aes-128-cbc': 16,
  'aes-192-cbc': 24,
  'aes-256-cbc': 32,
  'des-ede3-cbc': 24,
};

function decipher(name: string, key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array | undefined {
  try {
    const cipher = createDecipheriv(name, key, iv);
    return new Uint8Array(Buffer.concat([cipher.update(data), cipher.final()]));
  } catch {
    // Bad padding or length: the password is wrong, or the data is damaged; the two cannot be told apart.
    return undefined;
  }
}

async function pbes2(parameters: DerNode, data: Uint8Array, password: string, budget: DerivationBudget) {
  const cursor = new DerCursor(parameters);
  const derivation = new DerCursor(cursor.next());
  const derivationName = oidLabel(oidOf(derivation.next()));
  if (derivationName !== 'PBKDF2') throw unsupported(derivationName);
  const { salt, iterations, hash } = readPbkdf2(derivation.next());
  const scheme = new DerCursor(cursor.next());
  const cipher = oidLabel(oidOf(scheme.next()));
  const size = ciphers[cipher];
  if (size === undefined) throw unsupported(cipher);
  const iv = contentOf(scheme.next(tags.octetString));
  budget.spend('pbkdf2', iterations);
  const key = await derive(Buffer.from(password, 'utf8'), salt, iterations, size, hash);
  return decipher(cipher, key, iv, data);
}

function pkcs12Pbe(
  name: string,
  parameters: DerNode,
  data: Uint8Array,
  password: Uint8Array,
  budget: DerivationBudget,
) {
  const cursor = new DerCursor(parameters);
  const salt = contentOf(cursor.next(tags.octetString));
  const iterations = smallInteger(cursor.next());
  const make = (purpose: 1 | 2, size: number): Uint8Array =>
    pkcs12Derive('sha1', password, salt, iterations, purpose, size, budget);
  switch (name) {
    case 'pbeWithSHAAnd3-KeyTripleDES-CBC':
      return decipher('des-ede3-cbc', make(1, 24), make(2, 8), data);
    case 'pbeWithSHAAnd2-KeyTripleDES-CBC': {
      const key = make(1, 16);
      return decipher('des-ede3-cbc', new Uint8Array([...key, ...key.subarray(0, 8)]), make(2, 8), data);
    }
    case 'pbeWithSHAAnd128BitRC2-CBC':
      return decryptRc2(make(1, 16), 128, make(2, 8), data);
    case 'pbeWithSHAAnd40BitRC2-CBC':
      return decryptRc2(make(1, 5), 40, make(2, 8), data);
    default:
      throw unsupported(name);
  }
}

/** A password in the two forms in which PKCS#5 and PKCS#12 use it. */
export interface Password {
  readonly text: string;
  readonly bmp: Uint8Array;
}

async function decryptBytes(
  algorithm: DerNode,
  data: Uint8Array,
  password: Password,
  budget: DerivationBudget,
): Promise<Uint8Array | undefined> {
  const cursor = new DerCursor(algorithm);
  const name = oidLabel(oidOf(cursor.next()));
  if (name === 'PBES2') return pbes2(cursor.next(), data, password.text, budget);
  if (cursor.done) throw unsupported(name);
  return pkcs12Pbe(name, cursor.next(), data, password.bmp, budget);
}

/** Whether this is one whole SEQUENCE, as everything is that such a password protects. */
function isSequence(bytes: Uint8Array): boolean {
  try {
    return readOnly(bytes).id === tags.sequence;
  } catch {
    return false;
  }
}

/**
 * Decrypts by an AlgorithmIdentifier: PBES2 (PBKDF2 with AES or 3DES) or the PKCS#12 schemes with 3DES and RC2. One wrong password in
 * 256 leaves padding that looks right, so what comes out must be a SEQUENCE as well.
 * Undefined: the password does not open it. Throws `certificate_encryption_unsupported`, `certificate_encryption_costly`.
 */
export async function decryptByPassword(
  algorithm: DerNode,
  data: Uint8Array,
  password: Password,
  budget: DerivationBudget,
): Promise<Uint8Array | undefined> {
  const plain = await decryptBytes(algorithm, data, password, budget);
  return plain !== undefined && isSequence(plain) ? plain : undefined;
}

/** MacData of a PFX (RFC 7292 chapter 4; PBMAC1 of RFC 9579): whether the password fits the content. */
export async function verifyPfxMac(
  macData: DerNode,
  content: Uint8Array,
  password: Password,
  budget: DerivationBudget,
): Promise<boolean> {
  const cursor = new DerCursor(macData);
  const digestInfo = new DerCursor(cursor.next());
  const algorithm = new DerCursor(digestInfo.next());
  const expected = contentOf(digestInfo.next(tags.octetString));
  const salt = contentOf(cursor.next(tags.octetString));
  const rounds = cursor.optional(tags.integer);
  const name = oidLabel(oidOf(algorithm.next()));
  let hash = name;
  let key: Uint8Array;
  if (name === 'PBMAC1') {
    const parameters = new DerCursor(algorithm.next());
    const derivation = new DerCursor(parameters.next());
    derivation.next(tags.oid);
    const pbkdf = readPbkdf2(derivation.next());
    const scheme = oidLabel(oidOf(new DerCursor(parameters.next()).next()));
    hash = prfHashes[scheme] ?? scheme;
    const size = pbkdf.keyLength ?? 32;
    if (size > 128) throw unsupported(`PBMAC1 key of ${size} octets`);
    budget.spend('pbkdf2', pbkdf.iterations);
    key = await derive(Buffer.from(password.text, 'utf8'), pbkdf.salt, pbkdf.iterations, size, pbkdf.hash);
  } else {
    const size = hashLengths[name];
    if (size === undefined) throw unsupported(name);
    const iterations = rounds === undefined ? 1 : smallInteger(rounds);
    key = pkcs12Derive(name, password.bmp, salt, iterations, 3, size, budget);
  }
  if (hashLengths[hash] === undefined) throw unsupported(hash);
  const actual = createHmac(hash, key).update(content).digest();
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}
