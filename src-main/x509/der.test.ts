import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isConsoleError } from '../../shared/errors.ts';
import { asn1Page } from './asn1-tree.ts';
import { childrenOf, DerCursor, readNode, readOnly } from './der.ts';
import { integerHex, oidOf, timeOf, toHex } from './der-values.ts';

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replace(/ /g, ''), 'hex'));
const offsetOf = (action: () => unknown): unknown => {
  try {
    action();
  } catch (error) {
    if (isConsoleError(error, 'der_malformed')) return error.data.params['offset'];
    throw error;
  }
  return 'accepted';
};

describe('readNode', () => {
  test.each([
    ['', 0, 'nothing'],
    ['30', 1, 'no length'],
    ['30 80 00 00', 1, 'indefinite length'],
    ['30 85 01 00 00 00 00', 1, 'a length of five octets'],
    ['30 84 ff ff ff ff', 0, 'four gigabytes announced'],
    ['30 fe', 1, 'a length of 126 octets'],
    ['30 82 01', 3, 'cut off inside the length'],
    ['30 81 05 00 00 00 00 00', 1, 'a length longer than need be'],
    ['30 82 00 80', 1, 'a length with a leading zero'],
    ['04 05 01 02', 0, 'content cut off'],
    ['1f 81 82 83 84 05 00', 0, 'an absurd tag number'],
    ['1f 81', 2, 'cut off inside the tag'],
  ])('%s is malformed at %i: %s', (hex, offset) => {
    expect(offsetOf(() => readNode(bytes(hex)))).toBe(offset);
  });

  test('lengths of each size are read', () => {
    for (const size of [0, 1, 127, 128, 255, 256, 65_535, 65_536, 70_000]) {
      const header =
        size < 128
          ? [size]
          : size < 256
            ? [0x81, size]
            : size < 65_536
              ? [0x82, size >> 8, size & 255]
              : [0x83, size >> 16, (size >> 8) & 255, size & 255];
      const node = readNode(new Uint8Array([4, ...header, ...new Uint8Array(size)]));
      expect(node.end - node.start).toBe(size);
    }
  });

  test('a child may not reach beyond its parent, and nothing may stand behind the structure', () => {
    expect(offsetOf(() => [...childrenOf(readNode(bytes('30 03 04 05 00 00 00 00 00')))])).toBe(2);
    expect(offsetOf(() => readOnly(bytes('05 00 05 00')))).toBe(2);
    expect(offsetOf(() => new DerCursor(readNode(bytes('30 02 05 00'))).next(0x02))).toBe(2);
  });
});

describe('values', () => {
  test.each([
    ['02 01 00', '00'],
    ['02 02 00 ff', 'ff'],
    ['02 01 ff', '-01'],
    ['02 02 ff 7f', '-81'],
  ])('INTEGER %s is %s', (hex, expected) => {
    expect(integerHex(readNode(bytes(hex)))).toBe(expected);
  });

  test('object identifiers', () => {
    expect(oidOf(readNode(bytes('06 03 55 04 03')))).toBe('2.5.4.3');
    expect(oidOf(readNode(bytes('06 03 88 37 01')))).toBe('2.999.1');
    expect(offsetOf(() => oidOf(readNode(bytes('06 02 55 84'))))).toBe(0);
    expect(offsetOf(() => oidOf(readNode(bytes('06 00'))))).toBe(0);
  });

  test('times, with the turn of the century and dates that do not exist', () => {
    const time = (tag: string, text: string): unknown => {
      const body = Buffer.from(text);
      return offsetOf(() => {
        throw Object.assign(new Error(), {
          at: timeOf(readNode(new Uint8Array([...bytes(tag), body.length, ...body]))),
        });
      });
    };
    const read = (tag: string, text: string): number => {
      const body = Buffer.from(text);
      return timeOf(readNode(new Uint8Array([...bytes(tag), body.length, ...body])));
    };
    expect(read('17', '491231235959Z')).toBe(Date.UTC(2049, 11, 31, 23, 59, 59));
    expect(read('17', '500101000000Z')).toBe(Date.UTC(1950, 0, 1));
    expect(read('18', '99991231235959Z')).toBe(Date.UTC(9999, 11, 31, 23, 59, 59));
    expect(read('18', '20260101000000.25Z')).toBe(Date.UTC(2026, 0, 1) + 250);
    expect(read('17', '2601010900+0900')).toBe(Date.UTC(2026, 0, 1));
    for (const text of ['260230000000Z', '261301000000Z', '260101240000Z', '2601', '26010100000 Z', '']) {
      expect(time('17', text), text).toBe(0);
    }
  });
});

describe('asn1Page', () => {
  /** INTEGERs in a SEQUENCE of 128 to 65,535 octets. */
  const sequenceOf = (count: number): Uint8Array => {
    const body = new Uint8Array(count * 3).map((_, index) => [0x02, 0x01, 0x07][index % 3] ?? 0);
    const length = body.length;
    return new Uint8Array([0x30, 0x82, length >> 8, length & 255, ...body]);
  };

  test('pages cover every element once, in order', () => {
    const der = sequenceOf(4500);
    const offsets: number[] = [];
    for (let from: number | undefined = 0; from !== undefined;) {
      const page = asn1Page(der, from);
      offsets.push(...page.nodes.map(({ offset }) => offset));
      expect(Buffer.from(page.hexBase64, 'base64')[0]).toBe(der[page.hexFrom]);
      from = page.next;
    }
    expect(offsets).toEqual([0, ...Array.from({ length: 4500 }, (_, index) => 4 + index * 3)]);
  });

  test('looks into octet strings that hold DER, and names identifiers', () => {
    const { nodes } = asn1Page(bytes('30 0c 06 03 55 04 03 04 05 30 03 02 01 2a'), 0);
    expect(nodes.map(({ depth, tag, preview, name }) => [depth, tag, preview, name])).toEqual([
      [0, 'SEQUENCE', '', undefined],
      [1, 'OBJECT IDENTIFIER', '2.5.4.3', 'CN'],
      [1, 'OCTET STRING', '300302012a', undefined],
      [2, 'SEQUENCE', '', undefined],
      [3, 'INTEGER', '42', undefined],
    ]);
  });

  test('a thousand levels are not followed', () => {
    let der = new Uint8Array([5, 0]);
    for (let level = 0; level < 1000; level++) {
      const length = der.length;
      const header =
        length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
      der = new Uint8Array([0x30, ...header, ...der]);
    }
    expect(asn1Page(der, 0).nodes).toHaveLength(33);
  });
});

describe('any bytes', () => {
  const walk = (data: Uint8Array): void => {
    try {
      const page = asn1Page(data, 0);
      for (const { offset, headerLength, length } of page.nodes) {
        if (offset + headerLength + length > data.length) throw new Error('out of bounds');
      }
    } catch (error) {
      if (!isConsoleError(error, 'der_malformed')) throw error;
    }
  };

  test('are read within their bounds or are malformed', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), walk), { numRuns: 3000 });
    const likely = fc.array(
      fc.constantFrom(0x30, 0x31, 0x02, 0x03, 0x04, 0x06, 0xa0, 0x80, 0x81, 0x84, 0xff, 0x1f, 0, 1, 2, 5),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(likely, (list) => walk(new Uint8Array(list))),
      { numRuns: 3000 },
    );
  });

  test('toHex agrees with Buffer', () => {
    fc.assert(fc.property(fc.uint8Array(), (data) => toHex(data) === Buffer.from(data).toString('hex')));
  });
});
