import { bytesOf, childrenOf, DerCursor, readNode, readOnly, tags } from './der.ts';
import { bitStringOf, oidOf } from './der-values.ts';
import { commonNameOf, nameText, readName } from './distinguished-name.ts';
import { readExtensionFacts, type KnownExtensions } from './certificate-fields.ts';
import { oidLabel } from './oids.ts';
import { readKeyFacts, type KeyFacts } from './public-key.ts';
import { verifySignature } from './signature.ts';

/** A PKCS#10 request (RFC 2986): plain facts. */
export interface CertificateRequest {
  readonly subject: string;
  readonly commonName?: string;
  readonly key: KeyFacts;
  readonly spki: Uint8Array;
  readonly signatureAlgorithm: string;
  readonly signatureValid: boolean;
  /** The extensions that are asked for. */
  readonly asked: KnownExtensions;
}

/** The public key in a request, SPKI DER, and nothing else of it. Throws `der_malformed`. */
export function requestSpki(der: Uint8Array): Uint8Array {
  const body = new DerCursor(new DerCursor(readOnly(der)).next());
  body.next(tags.integer);
  body.next(tags.sequence);
  return bytesOf(body.next(tags.sequence));
}

/** Throws `der_malformed`. */
export function readRequest(der: Uint8Array): CertificateRequest {
  const outer = new DerCursor(readOnly(der));
  const signed = outer.next();
  const algorithm = outer.next(tags.sequence);
  const { bits: signature } = bitStringOf(outer.next());
  const body = new DerCursor(signed);
  body.next(tags.integer);
  const subject = readName(body.next());
  const spki = body.next(tags.sequence);
  const attributes = body.optional(0xa0);
  let asked: KnownExtensions = { ocsp: [], caIssuers: [], crls: [], policies: [] };
  for (const attribute of attributes === undefined ? [] : childrenOf(attributes)) {
    const cursor = new DerCursor(attribute);
    if (oidLabel(oidOf(cursor.next())) !== 'extensionRequest') continue;
    const values = cursor.next(tags.set);
    asked = readExtensionFacts(readNode(der, values.start, values.end)).known;
  }
  const commonName = commonNameOf(subject);
  return {
    subject: nameText(subject),
    ...(commonName === undefined ? {} : { commonName }),
    key: readKeyFacts(spki),
    spki: bytesOf(spki),
    signatureAlgorithm: oidLabel(oidOf(readNode(der, algorithm.start, algorithm.end))),
    signatureValid: verifySignature(bytesOf(signed), bytesOf(algorithm), signature, bytesOf(spki)),
    asked,
  };
}
