/** One piece of a container's output. */
export interface OutputPiece {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Buffer;
}

/** Bytes of a frame's header: one for the stream, three of nothing, four for the length (Engine API, "Attach to a container"). */
const headerBytes = 8;
/** The engine writes far smaller ones; more is not the engine. */
const longestFrame = 16 * 1024 * 1024;

/** Takes the stream of a container without a terminal apart into what it wrote where, in the order in which it came. */
export class FrameReader {
  #rest = Buffer.alloc(0);

  /** What is whole after this chunk. Throws RangeError when this is no stream of frames. */
  push(chunk: Buffer): OutputPiece[] {
    let data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const pieces: OutputPiece[] = [];
    while (data.length >= headerBytes) {
      const kind = data.readUInt8(0);
      const length = data.readUInt32BE(4);
      if (kind > 2 || length > longestFrame) throw new RangeError('not a stream of frames');
      if (data.length < headerBytes + length) break;
      pieces.push({
        stream: kind === 2 ? 'stderr' : 'stdout',
        data: data.subarray(headerBytes, headerBytes + length),
      });
      data = data.subarray(headerBytes + length);
    }
    this.#rest = Buffer.from(data);
    return pieces;
  }
}

/** Cuts bytes into lines, whatever the chunks are. */
export class LineCutter {
  #rest = '';
  readonly #decoder = new TextDecoder();

  push(data: Buffer): string[] {
    const parts = (this.#rest + this.#decoder.decode(data, { stream: true })).split('\n');
    this.#rest = parts.pop() ?? '';
    return parts.map((line) => line.replace(/\r$/, ''));
  }

  /** What came after the last end of a line. */
  end(): string[] {
    const rest = this.#rest;
    this.#rest = '';
    return rest === '' ? [] : [rest];
  }
}
