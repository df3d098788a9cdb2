import { maxCertificateFileBytes } from '../../shared/contract/certificates.ts';
import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { readCertificate, type Certificate } from './certificate-fields.ts';
import { bytesOf, readNode } from './der.ts';
import { digestHex } from './digest.ts';
import { kindOf, type DerKind } from './der-kind.ts';
import { looksLikePem, readPem, type PemBlock } from './pem.ts';
import { DerivationBudget } from './password-encryption.ts';
import { readPfx } from './pkcs12.ts';
import { readPkcs7 } from './pkcs7.ts';
import { factsOfEncryptedKey, factsOfKey, factsOfPemKey, type PrivateKeyFacts } from './private-key.ts';
import { readRequest, type CertificateRequest } from './request.ts';
import { readRevocationList, type RevocationList } from './revocation-list.ts';

/** One thing found in a file. `copies` counts the same certificate met again. */
export type InputItem =
  | { readonly kind: 'certificate'; readonly certificate: Certificate; copies: number }
  | { readonly kind: 'request'; readonly der: Uint8Array; readonly request: CertificateRequest }
  | { readonly kind: 'crl'; readonly der: Uint8Array; readonly crl: RevocationList }
  | { readonly kind: 'privateKey'; readonly key: PrivateKeyFacts }
  | { readonly kind: 'other'; readonly label: string; readonly der: Uint8Array; readonly secret: boolean };

export interface ParsedInput {
  readonly bytes: number;
  readonly container: 'pem' | 'der' | 'pkcs7' | 'pkcs12';
  /** Distinct items in the order of the file; the index is the item number. */
  readonly items: readonly InputItem[];
  /** Certificates, copies included. */
  readonly total: number;
  readonly password: 'not_needed' | 'needed' | 'used';
  /** Parts that could not be read, in order. */
  readonly faults: readonly ConsoleError[];
  /** Characters outside PEM blocks. */
  readonly junk: number;
}

const certificateBlocks = new Set(['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE']);
const requestBlocks = new Set(['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST']);

class Collector {
  readonly items: InputItem[] = [];
  readonly faults: ConsoleError[] = [];
  total = 0;
  container: ParsedInput['container'] = 'der';
  private readonly seen = new Map<string, { copies: number }>();
  private readonly password: string | undefined;
  private readonly budget = new DerivationBudget();
  private closed = 0;
  private opened = 0;

  constructor(password: string | undefined) {
    this.password = password;
  }

  /** Something needs a password that was not given; a wrong one ends in an error. */
  passwordState(): ParsedInput['password'] {
    if (this.closed === 0) return this.opened > 0 ? 'used' : 'not_needed';
    if (this.password !== undefined && this.opened === 0)
      throw new ConsoleError('certificate_password_wrong');
    return this.password === undefined ? 'needed' : 'used';
  }

  certificate(der: Uint8Array): void {
    const digest = digestHex('sha256', der);
    const known = this.seen.get(digest);
    this.total++;
    if (known !== undefined) {
      known.copies++;
      return;
    }
    const item = { kind: 'certificate' as const, certificate: readCertificate(der), copies: 1 };
    this.seen.set(digest, item);
    this.items.push(item);
  }

  key(key: PrivateKeyFacts): void {
    this.items.push({ kind: 'privateKey', key });
    if (!key.encrypted || key.format === 'openssh') return;
    if (key.opened) this.opened++;
    else this.closed++;
  }

  private crl(der: Uint8Array): void {
    this.items.push({ kind: 'crl', der, crl: readRevocationList(der) });
  }

  async pem(block: PemBlock): Promise<void> {
    const { label, der } = block;
    if (certificateBlocks.has(label)) {
      // OpenSSL's TRUSTED CERTIFICATE has its own settings behind the certificate.
      this.certificate(label === 'TRUSTED CERTIFICATE' ? bytesOf(readNode(der)) : der);
    } else if (requestBlocks.has(label)) {
      this.items.push({ kind: 'request', der, request: readRequest(der) });
    } else if (label === 'X509 CRL') this.crl(der);
    else if (label.endsWith('PRIVATE KEY')) this.key(await factsOfPemKey(block, this.password, this.budget));
    else if (label === 'PKCS7' || label === 'CMS') await this.der(der, 'pkcs7');
    else if (label === 'PKCS12') await this.der(der, 'pkcs12');
    else this.items.push({ kind: 'other', label, der, secret: label.includes('PRIVATE') });
  }

  async der(der: Uint8Array, kind: DerKind): Promise<void> {
    switch (kind) {
      case 'certificate':
        return this.certificate(der);
      case 'request':
        this.items.push({ kind, der, request: readRequest(der) });
        return;
      case 'crl':
        return this.crl(der);
      case 'pkcs1':
      case 'sec1':
      case 'pkcs8':
        return this.key(factsOfKey(der, kind));
      case 'encryptedKey':
        return this.key(await factsOfEncryptedKey(der, this.password, this.budget));
      case 'otherKey':
        this.items.push({ kind: 'other', label: 'PRIVATE KEY', der, secret: true });
        return;
      case 'publicKey':
        this.items.push({ kind: 'other', label: 'PUBLIC KEY', der, secret: false });
        return;
      case 'pkcs7': {
        this.container = 'pkcs7';
        const { certificates, crls } = readPkcs7(der);
        for (const certificate of certificates) this.certificate(certificate);
        for (const crl of crls) this.crl(crl);
        return;
      }
      case 'pkcs12': {
        this.container = 'pkcs12';
        const result = await readPfx(der, this.password);
        if (result.state === 'closed') {
          this.closed++;
          return;
        }
        if (this.password !== undefined) this.opened++;
        for (const certificate of result.content.certificates) this.certificate(certificate);
        for (const crl of result.content.crls) this.crl(crl);
        for (const key of result.content.keys)
          this.items.push({ kind: 'privateKey', key: factsOfKey(key, 'pkcs8', true) });
      }
    }
  }
}

async function collectPem(bytes: Uint8Array, collector: Collector): Promise<number> {
  collector.container = 'pem';
  const { blocks, faults, junk } = readPem(bytes);
  collector.faults.push(...faults);
  for (const block of blocks) {
    try {
      await collector.pem(block);
    } catch (error) {
      if (!isConsoleError(error, 'der_malformed')) throw error;
      const { number, offset, label } = block;
      const position = Number(error.data.params['offset']);
      collector.faults.push(
        new ConsoleError('pem_block_malformed', { block: number, offset, label, position }, { cause: error }),
      );
    }
  }
  return junk;
}

async function collectDer(bytes: Uint8Array, collector: Collector): Promise<void> {
  for (let offset = 0; offset < bytes.length;) {
    try {
      const node = readNode(bytes, offset);
      const kind = kindOf(node);
      if (kind === undefined) throw new ConsoleError('certificate_input_unrecognised');
      // A view of the part, so that offsets count from the start of this structure.
      await collector.der(
        offset === 0 && node.end === bytes.length ? bytes : bytes.subarray(offset, node.end),
        kind,
      );
      offset = node.end;
    } catch (error) {
      if (!isConsoleError(error)) throw error;
      collector.faults.push(error);
      return;
    }
  }
}

/** UTF-16 text, which some Windows tools write, as bytes of the usual kind. */
function fromUtf16(bytes: Uint8Array): Uint8Array {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) {
    return new Uint8Array(Buffer.from(Buffer.from(bytes.subarray(2)).toString('utf16le'), 'latin1'));
  }
  return bytes;
}

/** Base64 without armour, as it is often pasted. */
function fromBareBase64(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes[0] !== 0x4d) return undefined; // 'M': a SEQUENCE with a length of two octets
  const text = Buffer.from(bytes).toString('latin1').replace(/\s+/g, '');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? new Uint8Array(Buffer.from(text, 'base64')) : undefined;
}

/** Whether reading it may derive keys even without a password. Says yes when it cannot tell. */
export function mayBePkcs12(bytes: Uint8Array): boolean {
  if (looksLikePem(bytes)) return Buffer.from(bytes).includes('PKCS12');
  const kind = (der: Uint8Array): DerKind | undefined => {
    try {
      return kindOf(readNode(der));
    } catch {
      // Malformed: there is nothing to derive.
      return undefined;
    }
  };
  return bytes[0] === 0x30 ? kind(bytes) === 'pkcs12' : bytes[0] === 0x4d;
}

/** Throws `certificate_input_too_large` or `certificate_input_empty`; ask before a file is read. */
export function checkInputSize(bytes: number): void {
  if (bytes > maxCertificateFileBytes) {
    throw new ConsoleError('certificate_input_too_large', { bytes, limit: maxCertificateFileBytes });
  }
  if (bytes === 0) throw new ConsoleError('certificate_input_empty');
}

/**
 * Finds out what a file is and takes it apart: PEM with any number of blocks, DER (one or several), PKCS#7, PKCS#12, or bare
 * base64. Parts that cannot be read are faults beside those that can; when nothing can, the first fault is thrown.
 * Throws also `certificate_input_too_large`, `…_empty`, `…_unrecognised`, `certificate_password_wrong` and the errors of
 * decryption.
 */
export async function readInput(file: Uint8Array, password?: string): Promise<ParsedInput> {
  checkInputSize(file.length);
  const collector = new Collector(password);
  const bytes = fromUtf16(file);
  let junk = 0;
  if (looksLikePem(bytes)) junk = await collectPem(bytes, collector);
  else {
    const der = bytes[0] === 0x30 ? bytes : fromBareBase64(bytes);
    if (der?.[0] !== 0x30) throw new ConsoleError('certificate_input_unrecognised');
    await collectDer(der, collector);
  }
  const state = collector.passwordState();
  const { items, faults, container, total } = collector;
  if (items.length === 0 && state !== 'needed')
    throw faults[0] ?? new ConsoleError('certificate_input_unrecognised');
  return { bytes: file.length, container, items, total, password: state, faults, junk };
}
