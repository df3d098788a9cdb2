import { bytesOf, childrenOf, DerCursor, malformed, readOnly, tags } from './der.ts';
import { oidOf } from './der-values.ts';
import { oidLabel } from './oids.ts';

/** Certificates and CRLs of a PKCS#7 SignedData (RFC 2315 9.1); signatures in it are not judged. Throws `der_malformed`. */
export function readPkcs7(der: Uint8Array): {
  readonly certificates: Uint8Array[];
  readonly crls: Uint8Array[];
} {
  const info = new DerCursor(readOnly(der));
  const type = info.next();
  if (oidLabel(oidOf(type)) !== 'signedData')
    throw malformed(type.offset, 'PKCS#7 of another type than signedData');
  const signedData = new DerCursor(new DerCursor(info.next(), 0xa0).next());
  signedData.next(tags.integer);
  signedData.next(tags.set);
  signedData.next(tags.sequence);
  const certificates = signedData.optional(0xa0);
  const crls = signedData.optional(0xa1);
  const items = (list: typeof crls): Uint8Array[] =>
    list === undefined ? [] : Array.from(childrenOf(list), bytesOf);
  return {
    // Extended and attribute certificates carry context tags; they are not X.509 certificates.
    certificates: items(certificates).filter((item) => item[0] === tags.sequence),
    crls: items(crls),
  };
}
