import { constants, createPublicKey, verify, type KeyObject } from 'node:crypto';
import type { Certificate } from './certificate-fields.ts';
import { DerCursor, readNode, readOnly, tags } from './der.ts';
import { oidOf, smallInteger } from './der-values.ts';
import { oidLabel } from './oids.ts';

interface Scheme {
  /** Null: the algorithm brings its own hash. */
  readonly hash: string | null;
  readonly key: string;
  readonly saltLength?: number;
}

const schemes: Readonly<Record<string, Scheme>> = {
  md5WithRSAEncryption: { hash: 'md5', key: 'rsa' },
  sha1WithRSAEncryption: { hash: 'sha1', key: 'rsa' },
  sha224WithRSAEncryption: { hash: 'sha224', key: 'rsa' },
  sha256WithRSAEncryption: { hash: 'sha256', key: 'rsa' },
  sha384WithRSAEncryption: { hash: 'sha384', key: 'rsa' },
  sha512WithRSAEncryption: { hash: 'sha512', key: 'rsa' },
  'ecdsa-with-SHA1': { hash: 'sha1', key: 'ec' },
  'ecdsa-with-SHA224': { hash: 'sha224', key: 'ec' },
  'ecdsa-with-SHA256': { hash: 'sha256', key: 'ec' },
  'ecdsa-with-SHA384': { hash: 'sha384', key: 'ec' },
  'ecdsa-with-SHA512': { hash: 'sha512', key: 'ec' },
  'dsa-with-SHA1': { hash: 'sha1', key: 'dsa' },
  'dsa-with-SHA256': { hash: 'sha256', key: 'dsa' },
  Ed25519: { hash: null, key: 'ed25519' },
  Ed448: { hash: null, key: 'ed448' },
};

/** RSASSA-PSS-params (RFC 4055 3.1): hash and salt length, SHA-1 and 20 when absent. */
function pssScheme(algorithm: Uint8Array): Scheme {
  const outer = new DerCursor(readOnly(algorithm));
  outer.next(tags.oid);
  let hash = 'sha1';
  let saltLength = 20;
  if (outer.peek === tags.sequence) {
    const parameters = new DerCursor(outer.next());
    const hashNode = parameters.optional(0xa0);
    parameters.optional(0xa1);
    const saltNode = parameters.optional(0xa2);
    if (hashNode !== undefined) {
      const identifier = readNode(algorithm, hashNode.start, hashNode.end);
      hash = oidLabel(oidOf(new DerCursor(identifier).next()));
    }
    if (saltNode !== undefined) saltLength = smallInteger(readNode(algorithm, saltNode.start, saltNode.end));
  }
  return { hash, key: 'rsa', saltLength };
}

function schemeOf(algorithm: Uint8Array): Scheme | undefined {
  const name = oidLabel(oidOf(new DerCursor(readOnly(algorithm)).next()));
  return name === 'rsassaPss' ? pssScheme(algorithm) : schemes[name];
}

/** Largest RSA key that is tried: a hostile certificate with a key of 100,000 bits would take minutes. */
const maxRsaBits = 16_384;

/**
 * Whether `signature` over `signed` was made by the key in `spki` (DER). False also for algorithms that are not known and for
 * keys that cannot be read: what was not verified is not vouched for.
 */
export function verifySignature(
  signed: Uint8Array,
  algorithm: Uint8Array,
  signature: Uint8Array,
  spki: Uint8Array,
): boolean {
  try {
    const scheme = schemeOf(algorithm);
    if (scheme === undefined || spki.length > maxRsaBits / 4) return false;
    const key: KeyObject = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
    const type = key.asymmetricKeyType === 'rsa-pss' ? 'rsa' : key.asymmetricKeyType;
    if (type !== scheme.key) return false;
    const padding =
      scheme.saltLength === undefined
        ? {}
        : { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: scheme.saltLength };
    return verify(scheme.hash, signed, { key, ...padding }, signature);
  } catch {
    // node:crypto throws for keys and signatures that it cannot even read; that is a signature that does not hold.
    return false;
  }
}

/** Whether the key of `issuer` signed `certificate`. Says nothing about names, dates or the right to sign. */
export function verifyIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  return verifySignature(certificate.signed, certificate.algorithm, certificate.signature, issuer.spki);
}
