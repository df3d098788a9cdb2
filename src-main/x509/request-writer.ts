import { createPublicKey, sign, type KeyObject } from 'node:crypto';
import { ConsoleError } from '../../shared/errors.ts';
import { addressBytes } from './ip-address.ts';
import { toPem } from './pem.ts';

/** One DER element; lengths in the short or the long form (X.690 8.1.3). */
function element(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const size = length < 0x100 ? [length] : [length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, 0x80 + size.length, ...size]), content]);
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => element(0x30, ...parts);
const set = (...parts: readonly Uint8Array[]): Buffer => element(0x31, ...parts);
const octets = (bytes: Uint8Array): Buffer => element(0x04, bytes);
const oid = (hex: string): Buffer => element(0x06, Buffer.from(hex, 'hex'));

const oids = {
  commonName: oid('550403'),
  /** PKCS#9 extensionRequest, RFC 2985 5.4.2. */
  extensionRequest: oid('2a864886f70d01090e'),
  subjectAltName: oid('551d11'),
};
const nothing = element(0x05);
const isCritical = element(0x01, Buffer.from([0xff]));
const version = element(0x02, Buffer.from([0]));

interface Scheme {
  readonly hash: 'sha256' | 'sha384' | null;
  /** AlgorithmIdentifier. */
  readonly algorithm: Buffer;
}

function schemeOf(key: KeyObject): Scheme {
  switch (key.asymmetricKeyType) {
    case 'ec':
      return key.asymmetricKeyDetails?.namedCurve === 'secp384r1'
        ? { hash: 'sha384', algorithm: sequence(oid('2a8648ce3d040303')) }
        : { hash: 'sha256', algorithm: sequence(oid('2a8648ce3d040302')) };
    case 'rsa':
      return { hash: 'sha256', algorithm: sequence(oid('2a864886f70d01010b'), nothing) };
    case 'ed25519':
      return { hash: null, algorithm: sequence(oid('2b6570')) };
    default:
      throw new TypeError(`A key of type ${String(key.asymmetricKeyType)} cannot sign requests.`);
  }
}

/** GeneralName: dNSName [2] or iPAddress [7]. */
function generalName(name: string): Buffer {
  const address = addressBytes(name);
  return address === undefined ? element(0x82, Buffer.from(name, 'latin1')) : element(0x87, address);
}

export interface RequestOptions {
  /** True: the first name is the subject's common name too, when it is short enough for one (64). */
  readonly commonName: boolean;
}

/**
 * A PKCS#10 request (RFC 2986) for these names. Written here because the agent makes one for each renewal: a certificate library costs
 * it more memory than all its profiles.
 * @throws `certificate_without_name`
 */
export function writeRequest(
  key: KeyObject,
  names: readonly string[],
  { commonName }: RequestOptions,
): { readonly pem: string; readonly der: Uint8Array } {
  const [first] = names;
  if (first === undefined) throw new ConsoleError('certificate_without_name');
  const named = commonName && first.length <= 64;
  const subject = named
    ? sequence(set(sequence(oids.commonName, element(0x0c, Buffer.from(first, 'utf8')))))
    : sequence();
  // RFC 5280 4.2.1.6: critical when the subject is empty.
  const altNames = sequence(
    oids.subjectAltName,
    ...(named ? [] : [isCritical]),
    octets(sequence(...names.map(generalName))),
  );
  const attribute = sequence(oids.extensionRequest, set(sequence(altNames)));
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const body = sequence(version, subject, spki, element(0xa0, attribute));
  const { hash, algorithm } = schemeOf(key);
  const signature = element(0x03, Buffer.from([0]), sign(hash, body, key));
  const der = sequence(body, algorithm, signature);
  return { pem: toPem(der, 'CERTIFICATE REQUEST'), der };
}
