import { contentOf, DerCursor, readOnly, tags, type DerNode } from './der.ts';
import { bitStringOf, oidOf } from './der-values.ts';
import { oidLabel } from './oids.ts';

/** What a public key is, without its value. */
export interface KeyFacts {
  /** `RSA`, `EC`, `Ed25519`, `Ed448`, `DSA`, or the object identifier. */
  readonly algorithm: string;
  /** Size in bits; 0 when it is not known. */
  readonly bits: number;
  /** `P-256` and so on, of EC keys. */
  readonly curve?: string;
  /** Public exponent of an RSA key where it is small enough to show. */
  readonly exponent?: number;
}

const curveBits: Readonly<Record<string, number>> = {
  'P-192': 192,
  'P-224': 224,
  'P-256': 256,
  'P-384': 384,
  'P-521': 521,
  secp256k1: 256,
  brainpoolP256r1: 256,
  brainpoolP384r1: 384,
  brainpoolP512r1: 512,
};

function bitLength(bytes: Uint8Array): number {
  let start = 0;
  while (bytes[start] === 0) start++;
  const first = bytes[start];
  return first === undefined ? 0 : (bytes.length - start) * 8 - Math.clz32(first) + 24;
}

function rsa(bits: Uint8Array): KeyFacts {
  const cursor = new DerCursor(readOnly(bits));
  const modulus = contentOf(cursor.next(tags.integer));
  const exponent = contentOf(cursor.next(tags.integer));
  const small = exponent.length <= 6 ? exponent.reduce((value, byte) => value * 256 + byte, 0) : undefined;
  return {
    algorithm: 'RSA',
    bits: bitLength(modulus),
    ...(small === undefined ? {} : { exponent: small }),
  };
}

/** Reads a SubjectPublicKeyInfo (RFC 5280 4.1.2.7, RFC 3279, RFC 5480, RFC 8410). */
export function readKeyFacts(spki: DerNode): KeyFacts {
  const cursor = new DerCursor(spki);
  const algorithm = new DerCursor(cursor.next());
  const name = oidLabel(oidOf(algorithm.next()));
  const { bits } = bitStringOf(cursor.next());
  switch (name) {
    case 'rsaEncryption':
    case 'rsassaPss':
      return rsa(bits);
    case 'id-ecPublicKey': {
      if (algorithm.peek !== tags.oid) return { algorithm: 'EC', bits: 0, curve: 'explicit' };
      const curve = oidLabel(oidOf(algorithm.next()));
      return { algorithm: 'EC', bits: curveBits[curve] ?? 0, curve };
    }
    case 'Ed25519':
      return { algorithm: name, bits: 256 };
    case 'Ed448':
      return { algorithm: name, bits: 448 };
    case 'dsaEncryption': {
      const prime =
        algorithm.peek === tags.sequence ? new DerCursor(algorithm.next()).next(tags.integer) : undefined;
      return { algorithm: 'DSA', bits: prime === undefined ? 0 : bitLength(contentOf(prime)) };
    }
    default:
      return { algorithm: name, bits: 0 };
  }
}

/** As people say it: `EC P-256`, `RSA 2048`. */
export const keyLabel = ({ algorithm, bits, curve }: KeyFacts): string =>
  curve !== undefined
    ? `${algorithm} ${curve}`
    : algorithm.startsWith('Ed') || bits === 0
      ? algorithm
      : `${algorithm} ${bits}`;

/** Too weak for a new certificate by today's rules (CA/Browser Forum 6.1.5, NIST SP 800-57). */
export const isWeakKey = ({ algorithm, bits }: KeyFacts): boolean =>
  (algorithm === 'RSA' && bits < 2048) ||
  algorithm === 'DSA' ||
  (algorithm === 'EC' && bits > 0 && bits < 224);
