import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { FrameReader, LineCutter } from './frames.ts';

const frame = (kind: number, text: string): Buffer => {
  const data = Buffer.from(text);
  const header = Buffer.alloc(8);
  header.writeUInt8(kind, 0);
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
};

test.prop([fc.array(fc.tuple(fc.constantFrom(1, 2), fc.string())), fc.integer({ min: 1, max: 9 })])(
  'frames come out whole and in order, however they are cut',
  (written, size) => {
    const bytes = Buffer.concat(written.map(([kind, text]) => frame(kind, text)));
    const reader = new FrameReader();
    const read = [];
    for (let at = 0; at < bytes.length; at += size) read.push(...reader.push(bytes.subarray(at, at + size)));
    expect(read.map(({ stream, data }) => [stream === 'stderr' ? 2 : 1, data.toString()])).toEqual(written);
  },
);

test('what is no stream of frames is refused', () => {
  expect(() => new FrameReader().push(Buffer.from('plain text of a terminal'))).toThrow(RangeError);
});

test.prop([
  fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\n\r]/g, ' '))),
  fc.integer({ min: 1, max: 7 }),
])('lines come out whole, however the bytes are cut', (lines, size) => {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  const cutter = new LineCutter();
  const read: string[] = [];
  for (let at = 0; at < bytes.length; at += size) read.push(...cutter.push(bytes.subarray(at, at + size)));
  expect([...read, ...cutter.end()]).toEqual(lines);
});
