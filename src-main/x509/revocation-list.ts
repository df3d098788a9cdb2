import { bytesOf, childrenOf, DerCursor, readNode, readOnly, tags, type DerNode } from './der.ts';
import { bitStringOf, integerHex, oidOf, smallInteger, timeOf } from './der-values.ts';
import { nameText, readName } from './distinguished-name.ts';
import { authorityKeyId, readExtensions } from './extensions.ts';
import { oidLabel } from './oids.ts';

/** A CRL (RFC 5280 chapter 5). The list itself is read when it is walked: there may be hundreds of thousands. */
export interface RevocationList {
  readonly issuer: string;
  readonly issuerRaw: Uint8Array;
  /** Unix milliseconds. */
  readonly thisUpdate: number;
  readonly nextUpdate?: number;
  readonly number?: string;
  readonly authorityKeyId?: string;
  readonly signatureAlgorithm: string;
  readonly signed: Uint8Array;
  readonly algorithm: Uint8Array;
  readonly signature: Uint8Array;
  readonly list?: DerNode;
}

export interface RevokedEntry {
  /** Lower-case hex, as in {@link CertificateFields.serial}. */
  readonly serial: string;
  readonly at: number;
  /** RFC 5280 5.3.1. */
  readonly reason?: number;
}

const isTime = (id: number | undefined): boolean => id === tags.utcTime || id === tags.generalizedTime;

/** Throws `der_malformed`. */
export function readRevocationList(der: Uint8Array): RevocationList {
  const outer = new DerCursor(readOnly(der));
  const signed = outer.next();
  const algorithm = outer.next(tags.sequence);
  const { bits: signature } = bitStringOf(outer.next());
  const body = new DerCursor(signed);
  body.optional(tags.integer);
  body.next(tags.sequence);
  const issuer = body.next();
  const thisUpdate = timeOf(body.next());
  const nextUpdate = isTime(body.peek) ? timeOf(body.next()) : undefined;
  const list = body.optional(tags.sequence);
  const wrapper = body.optional(0xa0);
  const extensions = wrapper === undefined ? [] : readExtensions(readNode(der, wrapper.start, wrapper.end));
  const numberExtension = extensions.find(({ oid }) => oid === '2.5.29.20');
  const keyExtension = extensions.find(({ oid }) => oid === '2.5.29.35');
  const keyId = keyExtension === undefined ? undefined : authorityKeyId(keyExtension).keyId;
  return {
    issuer: nameText(readName(issuer)),
    issuerRaw: bytesOf(issuer),
    thisUpdate,
    ...(nextUpdate === undefined ? {} : { nextUpdate }),
    ...(numberExtension === undefined
      ? {}
      : { number: integerHex(readOnly(der, numberExtension.start, numberExtension.end)) }),
    ...(keyId === undefined ? {} : { authorityKeyId: keyId }),
    signatureAlgorithm: oidLabel(oidOf(readNode(der, algorithm.start, algorithm.end))),
    signed: bytesOf(signed),
    algorithm: bytesOf(algorithm),
    signature,
    ...(list === undefined ? {} : { list }),
  };
}

/** The revoked certificates, one at a time. Throws `der_malformed` where an entry is broken. */
export function* revokedEntries({ list }: RevocationList): Generator<RevokedEntry, void> {
  if (list === undefined) return;
  for (const entry of childrenOf(list)) {
    const cursor = new DerCursor(entry);
    const serial = integerHex(cursor.next());
    const at = timeOf(cursor.next());
    const extensions = cursor.optional(tags.sequence);
    let reason: number | undefined;
    for (const extension of extensions === undefined ? [] : readExtensions(extensions)) {
      if (extension.oid !== '2.5.29.21') continue;
      reason = smallInteger(readOnly(extension.bytes, extension.start, extension.end), tags.enumerated);
    }
    yield { serial, at, ...(reason === undefined ? {} : { reason }) };
  }
}
