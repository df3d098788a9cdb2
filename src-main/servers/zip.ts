import { constants, createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname, join, normalize, sep } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

/** One member of an archive, from the central directory (APPNOTE.TXT 4.3.12). Sizes and offsets in bytes. */
export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly crc: number;
  readonly offset: number;
  /** Permission bits that a Unix archiver noted; 0 when none. */
  readonly mode: number;
}

/** An archive that is damaged or uses what is not supported. `message` says which. */
export class ZipError extends Error {
  constructor(text: string) {
    super(text);
    this.name = 'ZipError';
  }
}

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const localSignature = 0x04034b50;

async function readAt(handle: FileHandle, length: number, position: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, position);
  if (bytesRead !== length) throw new ZipError('cut short');
  return buffer;
}

function parseEntry(table: Buffer, at: number): { entry: ZipEntry; next: number } {
  if (at + 46 > table.length || table.readUInt32LE(at) !== entrySignature) throw new ZipError('directory');
  const nameLength = table.readUInt16LE(at + 28);
  const next = at + 46 + nameLength + table.readUInt16LE(at + 30) + table.readUInt16LE(at + 32);
  if (next > table.length) throw new ZipError('directory');
  const entry: ZipEntry = {
    name: table.toString('utf8', at + 46, at + 46 + nameLength),
    method: table.readUInt16LE(at + 10),
    crc: table.readUInt32LE(at + 16),
    compressedSize: table.readUInt32LE(at + 20),
    size: table.readUInt32LE(at + 24),
    offset: table.readUInt32LE(at + 42),
    mode: (table.readUInt32LE(at + 38) >>> 16) & 0o777,
  };
  if ((table.readUInt16LE(at + 8) & 1) === 1) throw new ZipError('encrypted');
  if (entry.offset === 0xffffffff || entry.size === 0xffffffff) throw new ZipError('zip64');
  return { entry, next };
}

/**
 * The members of a zip archive. Neither zip64 nor encryption is supported.
 * @throws ZipError
 */
export async function zipEntries(path: string): Promise<ZipEntry[]> {
  const handle = await open(path, constants.O_RDONLY);
  try {
    const { size } = await handle.stat();
    const tailLength = Math.min(size, 22 + 65_535);
    const tail = await readAt(handle, tailLength, size - tailLength);
    let end = tail.length - 22;
    while (end >= 0 && tail.readUInt32LE(end) !== endSignature) end -= 1;
    if (end < 0) throw new ZipError('no zip archive');
    const count = tail.readUInt16LE(end + 10);
    const tableSize = tail.readUInt32LE(end + 12);
    const tableAt = tail.readUInt32LE(end + 16);
    if (tableAt + tableSize > size) throw new ZipError('cut short');
    const table = await readAt(handle, tableSize, tableAt);
    const entries: ZipEntry[] = [];
    for (let at = 0; entries.length < count;) {
      const parsed = parseEntry(table, at);
      entries.push(parsed.entry);
      at = parsed.next;
    }
    return entries;
  } finally {
    await handle.close();
  }
}

const crcTable = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 of ISO 3309, continued from `before`. */
export function crc32(data: Uint8Array, before = 0): number {
  let value = ~before;
  for (const byte of data) value = (crcTable[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8);
  return ~value >>> 0;
}

/** Counts and checks what passes: a member that inflates to more than it said is stopped at once. */
function checked(entry: ZipEntry): Transform {
  let size = 0;
  let crc = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      crc = crc32(chunk, crc);
      if (size > entry.size) done(new ZipError(`larger than it says: ${entry.name}`));
      else done(null, chunk);
    },
    flush(done) {
      done(size === entry.size && crc === entry.crc ? null : new ZipError(`damaged: ${entry.name}`));
    },
  });
}

/**
 * Writes one member to a new file.
 * @param mode permission bits of the file; what the archive says unless given
 * @throws ZipError when the member is damaged
 */
export async function extractEntry(
  path: string,
  entry: ZipEntry,
  target: string,
  options: { readonly mode?: number; readonly signal?: AbortSignal } = {},
): Promise<void> {
  if (entry.method !== 0 && entry.method !== 8) throw new ZipError(`method ${entry.method}`);
  const handle = await open(path, constants.O_RDONLY);
  let start: number;
  try {
    const header = await readAt(handle, 30, entry.offset);
    if (header.readUInt32LE(0) !== localSignature) throw new ZipError('local header');
    start = entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  } finally {
    await handle.close();
  }
  await mkdir(dirname(target), { recursive: true });
  const output = createWriteStream(target, { flags: 'wx', mode: options.mode ?? (entry.mode || 0o644) });
  if (entry.compressedSize === 0) {
    await new Promise<void>((resolve, reject) => {
      output.once('error', reject);
      output.end(resolve);
    });
    return;
  }
  const input = createReadStream(path, { start, end: start + entry.compressedSize - 1 });
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  await (entry.method === 8
    ? pipeline(input, createInflateRaw(), checked(entry), output, signal)
    : pipeline(input, checked(entry), output, signal));
}

/** The path of a member below `directory`. @throws ZipError when its name leads outside */
export function memberPath(directory: string, name: string): string {
  const path = normalize(name);
  if (path.startsWith(`..${sep}`) || path === '..' || path.startsWith(sep) || name.includes('\0')) {
    throw new ZipError(`leads outside: ${name}`);
  }
  return join(directory, path);
}

/** Extracts every file of an archive below `directory`. @throws ZipError */
export async function unzip(
  path: string,
  directory: string,
  options: { readonly signal?: AbortSignal; readonly onEntry?: (done: number, of: number) => void } = {},
): Promise<void> {
  const entries = (await zipEntries(path)).filter((entry) => !entry.name.endsWith('/'));
  for (const [index, entry] of entries.entries()) {
    options.signal?.throwIfAborted();
    await extractEntry(path, entry, memberPath(directory, entry.name), {
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    options.onEntry?.(index + 1, entries.length);
  }
}
