import { isConsoleError, type ErrorData } from '../../shared/errors.ts';
import { bytesOf, DerCursor, malformed, readNode, readOnly, tags, type DerNode } from './der.ts';
import { bitStringOf, integerHex, oidOf, smallInteger, timeOf, toHex } from './der-values.ts';
import { commonNameOf, nameText, readName, type DistinguishedName } from './distinguished-name.ts';
import * as extension from './extensions.ts';
import type { KeyUsageName, NameConstraints, RawExtension } from './extensions.ts';
import type { GeneralName } from './general-names.ts';
import { digestHex } from './digest.ts';
import { oidLabel } from './oids.ts';
import { readKeyFacts, type KeyFacts } from './public-key.ts';

/** One extension of a certificate. `raw` is the hex of the value, only where this folder does not know the extension. */
export interface ExtensionFacts {
  readonly oid: string;
  readonly critical: boolean;
  readonly bytes: number;
  readonly raw?: string;
  /** The extension is known but its value cannot be read. */
  readonly unreadable?: true;
}

/** What an inventory keeps of a certificate: plain data that can be stored and sent. Identifiers are lower-case hex. */
export interface CertificateFields {
  readonly sha256: string;
  readonly version: number;
  readonly serial: string;
  /** RFC 4514 text. */
  readonly subject: string;
  readonly issuer: string;
  readonly commonName?: string;
  readonly issuerCommonName?: string;
  /** Unix milliseconds. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Subject alternative names; undefined when the extension is absent. */
  readonly names?: readonly GeneralName[];
  readonly subjectKeyId?: string;
  readonly authorityKeyId?: string;
  readonly key: KeyFacts;
  readonly spkiSha256: string;
  readonly signatureAlgorithm: string;
  /** basicConstraints says CA; undefined when the extension is absent. */
  readonly ca?: boolean;
  readonly pathLength?: number;
  readonly keyUsage?: readonly KeyUsageName[];
  /** Object identifiers. */
  readonly purposes?: readonly string[];
  readonly nameConstraints?: NameConstraints;
  readonly ocsp: readonly string[];
  readonly caIssuers: readonly string[];
  readonly crls: readonly string[];
  readonly policies: readonly string[];
  readonly provisioner?: string;
  readonly extensions: readonly ExtensionFacts[];
}

/** A certificate with what is needed to judge it. Views share the memory of `der`. */
export interface Certificate {
  readonly der: Uint8Array;
  readonly fields: CertificateFields;
  readonly subjectName: DistinguishedName;
  readonly issuerName: DistinguishedName;
  /** DER of the names, for comparison byte by byte. */
  readonly subjectRaw: Uint8Array;
  readonly issuerRaw: Uint8Array;
  readonly spki: Uint8Array;
  /** What is signed, by which algorithm (DER of AlgorithmIdentifier), and the signature. */
  readonly signed: Uint8Array;
  readonly algorithm: Uint8Array;
  readonly signature: Uint8Array;
}

/** Values of the extensions that this folder knows. */
export type KnownExtensions = { -readonly [K in keyof CertificateFields]?: CertificateFields[K] } & {
  ocsp: string[];
  caIssuers: string[];
  crls: string[];
  policies: string[];
};

/** Reads the value of an extension into `known`. Answers whether the extension is one this folder knows. */
function readKnown(raw: RawExtension, known: KnownExtensions): boolean {
  switch (raw.oid) {
    case '2.5.29.19': {
      const { ca, pathLength } = extension.basicConstraints(raw);
      known.ca = ca;
      if (pathLength !== undefined) known.pathLength = pathLength;
      return true;
    }
    case '2.5.29.15':
      known.keyUsage = extension.keyUsage(raw);
      return true;
    case '2.5.29.37':
      known.purposes = extension.oidList(raw);
      return true;
    case '2.5.29.17':
      known.names = extension.altNames(raw);
      return true;
    case '2.5.29.14':
      known.subjectKeyId = extension.subjectKeyId(raw);
      return true;
    case '2.5.29.35': {
      const { keyId } = extension.authorityKeyId(raw);
      if (keyId !== undefined) known.authorityKeyId = keyId;
      return true;
    }
    case '2.5.29.30':
      known.nameConstraints = extension.nameConstraints(raw);
      return true;
    case '1.3.6.1.5.5.7.1.1':
      for (const { method, location } of extension.accessDescriptions(raw)) {
        if (method === '1.3.6.1.5.5.7.48.1') known.ocsp.push(location);
        if (method === '1.3.6.1.5.5.7.48.2') known.caIssuers.push(location);
      }
      return true;
    case '2.5.29.31':
      known.crls.push(...extension.distributionPoints(raw));
      return true;
    case '2.5.29.32':
      known.policies.push(...extension.policies(raw));
      return true;
    case '1.3.6.1.4.1.37476.9000.64.1':
      known.provisioner = extension.stepProvisioner(raw).name;
      return true;
    default:
      return false;
  }
}

/** Bytes of an unknown extension's value that are kept as hex. */
const maxRaw = 2048;

/** @param list the SEQUENCE OF Extension */
export function readExtensionFacts(list: DerNode | undefined): {
  known: KnownExtensions;
  extensions: ExtensionFacts[];
} {
  const known: KnownExtensions = { ocsp: [], caIssuers: [], crls: [], policies: [] };
  if (list === undefined) return { known, extensions: [] };
  const extensions = extension.readExtensions(list).map((raw) => {
    const { oid, critical, start, end } = raw;
    const facts = { oid, critical, bytes: end - start };
    const hex = (): string => toHex(raw.bytes.subarray(start, Math.min(end, start + maxRaw)));
    try {
      return readKnown(raw, known) ? facts : { ...facts, raw: hex() };
    } catch (error) {
      // One unreadable extension must not hide the rest of the certificate; the viewer shows it raw and says so.
      if (!isConsoleError(error, 'der_malformed')) throw error;
      return { ...facts, raw: hex(), unreadable: true as const };
    }
  });
  return { known, extensions };
}

/** The one element inside an explicit tag. */
const inside = (wrapper: DerNode | undefined): DerNode | undefined =>
  wrapper === undefined ? undefined : readOnly(wrapper.bytes, wrapper.start, wrapper.end);

/**
 * Reads a DER certificate (RFC 5280 4.1). About 10 microseconds each, so an inventory of 100,000 takes seconds.
 * Throws `der_malformed` with the offset.
 */
export function readCertificate(der: Uint8Array): Certificate {
  const outer = new DerCursor(readOnly(der));
  const signed = outer.next();
  const outerAlgorithm = outer.next(tags.sequence);
  const { bits: signature } = bitStringOf(outer.next());
  const body = new DerCursor(signed);
  const version = body.optional(0xa0);
  const serial = integerHex(body.next());
  const innerAlgorithm = body.next(tags.sequence);
  const issuer = body.next();
  const validity = new DerCursor(body.next());
  const [notBefore, notAfter] = [timeOf(validity.next()), timeOf(validity.next())];
  const subject = body.next();
  const spki = body.next(tags.sequence);
  body.optional(0x81);
  body.optional(0x82);
  const { known, extensions } = readExtensionFacts(inside(body.optional(0xa3)));
  if (!body.done) throw malformed(body.next().offset, 'an element behind the last one of a certificate');
  if (Buffer.compare(bytesOf(outerAlgorithm), bytesOf(innerAlgorithm)) !== 0) {
    throw malformed(outerAlgorithm.offset, 'two different signature algorithms');
  }
  const subjectName = readName(subject);
  const issuerName = readName(issuer);
  const [commonName, issuerCommonName] = [commonNameOf(subjectName), commonNameOf(issuerName)];
  return {
    der,
    subjectName,
    issuerName,
    subjectRaw: bytesOf(subject),
    issuerRaw: bytesOf(issuer),
    spki: bytesOf(spki),
    signed: bytesOf(signed),
    algorithm: bytesOf(outerAlgorithm),
    signature,
    fields: {
      ...known,
      sha256: digestHex('sha256', der),
      version: version === undefined ? 1 : smallInteger(readNode(der, version.start, version.end)) + 1,
      serial,
      subject: nameText(subjectName),
      issuer: nameText(issuerName),
      ...(commonName === undefined ? {} : { commonName }),
      ...(issuerCommonName === undefined ? {} : { issuerCommonName }),
      notBefore,
      notAfter,
      key: readKeyFacts(spki),
      spkiSha256: digestHex('sha256', bytesOf(spki)),
      signatureAlgorithm: oidLabel(oidOf(readNode(der, outerAlgorithm.start, outerAlgorithm.end))),
      extensions,
    },
  };
}

/** The inventory's view of a DER certificate: plain data. Throws `der_malformed`. */
export const readCertificateFields = (der: Uint8Array): CertificateFields => readCertificate(der).fields;

/** One of many: fields, or why it could not be read. Plain data. */
export type FieldsOrFault = { readonly fields: CertificateFields } | { readonly fault: ErrorData };

/** Many at once; one that is malformed does not stop the others. */
export function readManyFields(ders: Iterable<Uint8Array>): FieldsOrFault[] {
  return Array.from(ders, (der) => {
    try {
      return { fields: readCertificateFields(der) };
    } catch (error) {
      if (isConsoleError(error)) return { fault: error.data };
      throw error;
    }
  });
}

/** Whether subject and issuer are one name and its own key signed it by identifier; the signature is judged elsewhere. */
export function isSelfIssued(certificate: Certificate): boolean {
  return Buffer.compare(certificate.subjectRaw, certificate.issuerRaw) === 0;
}
