import { ConsoleError } from '../../shared/errors.ts';

/** One armoured block. Numbers count from 1, offsets are bytes from the start of the file. */
export interface PemBlock {
  readonly label: string;
  readonly der: Uint8Array;
  readonly number: number;
  readonly offset: number;
  /** `Proc-Type`, `DEK-Info` and so on (RFC 1421). */
  readonly headers: Readonly<Record<string, string>>;
  /** The block as it stands in the file. */
  readonly text: string;
}

export interface PemFile {
  readonly blocks: readonly PemBlock[];
  /** One for each block that could not be read: `pem_truncated` or `pem_undecodable`. */
  readonly faults: readonly ConsoleError[];
  /** Characters outside blocks that are not white space. */
  readonly junk: number;
}

const begin = '-----BEGIN ';
const end = '-----END ';
const dashes = '-----';

function decodeBody(body: string): { der: Uint8Array; headers: Record<string, string> } | undefined {
  const lines = body.split(/\r\n|\r|\n/);
  const headers: Record<string, string> = {};
  let index = 1;
  for (; index < lines.length && index < 20; index++) {
    const header = /^([A-Za-z-]+):\s*(.*)$/.exec(lines[index] ?? '');
    if (header === null) break;
    headers[header[1] ?? ''] = header[2] ?? '';
  }
  const text = lines.slice(index).join('').replace(/[\t ]/g, '');
  if (text === '' || text.length % 4 === 1 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  return { der: new Uint8Array(Buffer.from(text, 'base64')), headers };
}

/** Reads every armoured block of a file (RFC 7468, tolerant of what stands between blocks). Never throws. */
export function readPem(bytes: Uint8Array): PemFile {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const blocks: PemBlock[] = [];
  const faults: ConsoleError[] = [];
  let outside = '';
  let position = 0;
  let number = 0;
  for (;;) {
    const offset = text.indexOf(begin, position);
    if (offset < 0) break;
    outside += text.slice(position, offset);
    number++;
    const labelEnd = text.indexOf(dashes, offset + begin.length);
    const label = labelEnd < 0 ? '' : text.slice(offset + begin.length, labelEnd);
    const footer = `${end}${label}${dashes}`;
    const footerAt = labelEnd < 0 || !/^[A-Z0-9 ]{1,60}$/.test(label) ? -1 : text.indexOf(footer, labelEnd);
    const nextBegin = text.indexOf(begin, offset + begin.length);
    if (footerAt < 0 || (nextBegin >= 0 && nextBegin < footerAt)) {
      faults.push(new ConsoleError('pem_truncated', { block: number, offset }));
      position = nextBegin < 0 ? text.length : nextBegin;
      continue;
    }
    const decoded = decodeBody(text.slice(labelEnd + dashes.length, footerAt));
    position = footerAt + footer.length;
    if (decoded === undefined) faults.push(new ConsoleError('pem_undecodable', { block: number, offset }));
    else blocks.push({ label, number, offset, text: text.slice(offset, position), ...decoded });
  }
  outside += text.slice(position);
  return { blocks, faults, junk: outside.replace(/\s+/g, '').length };
}

/** Whether a file is worth reading as PEM. */
export const looksLikePem = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(begin);

/** RFC 7468 text with lines of 64 characters and a final newline. */
export function toPem(der: Uint8Array, label: string): string {
  const base64 = Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString('base64');
  return `${begin}${label}${dashes}\n${base64.replace(/.{1,64}/g, '$&\n')}${end}${label}${dashes}\n`;
}

/**
 * The certificates of a PEM file, in order: the strict reading for bundles and chains that are relied upon.
 * Throws `pem_truncated` or `pem_undecodable`, or `pem_without_certificate`.
 */
export function readCertificatePem(pem: string | Uint8Array): Uint8Array[] {
  const { blocks, faults } = readPem(typeof pem === 'string' ? Buffer.from(pem, 'utf8') : pem);
  if (faults[0] !== undefined) throw faults[0];
  const ders = blocks.filter(({ label }) => certificateLabels.has(label)).map(({ der }) => der);
  if (ders.length === 0) throw new ConsoleError('pem_without_certificate');
  return ders;
}

export const certificateLabels: ReadonlySet<string> = new Set(['CERTIFICATE', 'X509 CERTIFICATE']);
