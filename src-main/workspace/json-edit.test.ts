import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { editJson } from './json-edit.ts';
import { JsonSyntaxError, scanJson } from './json-scan.ts';

describe('editJson', () => {
  it('keeps order, unknown keys and the way numbers are written', () => {
    const text =
      '{\n  "z": 1.0,\n  "10": 1e3,\n  "2": 12345678901234567890,\n  "a": {"x":[1, 2],   "y": "\\u0041"}\n}\n';
    const wanted = JSON.parse(text) as Record<string, unknown>;
    expect(editJson(text, { ...wanted, z: 2 })).toBe(text.replace('1.0', '2'));
    expect(editJson(text, wanted)).toBe(text);
  });

  it('adds and removes members in the layout it finds', () => {
    const text = '{\n\t"a": 1,\n\t"b": {\n\t\t"c": 2\n\t}\n}';
    expect(editJson(text, { a: 1, b: { c: 2, d: [1] }, e: {} })).toBe(
      '{\n\t"a": 1,\n\t"b": {\n\t\t"c": 2,\n\t\t"d": [\n\t\t\t1\n\t\t]\n\t},\n\t"e": {}\n}',
    );
    expect(editJson(text, { b: { c: 2 } })).toBe('{\n\t"b": {\n\t\t"c": 2\n\t}\n}');
    expect(editJson(text, { a: 1 })).toBe('{\n\t"a": 1\n}');
    expect(editJson('{"a":1,"b":2}', { b: 2, c: 3 })).toBe('{"b":2,"c":3}');
    expect(editJson('{\r\n  "a": 1\r\n}', { a: 1, b: { c: 1 } })).toBe(
      '{\r\n  "a": 1,\r\n  "b": {\r\n    "c": 1\r\n  }\r\n}',
    );
    expect(editJson('{}', { a: 1 })).toBe('{"a":1}');
  });

  const json = fc.jsonValue({ maxDepth: 4 });
  property.prop([json, json, fc.constantFrom(undefined, 2, '\t')], { numRuns: 1500 })(
    'reads as wanted, whatever stood there',
    (before, after, indent) => {
      const edited = editJson(JSON.stringify(before, null, indent), after);
      expect(JSON.parse(edited)).toEqual(JSON.parse(JSON.stringify(after)));
    },
  );

  const members = fc.dictionary(fc.string({ maxLength: 5 }), json, { maxKeys: 6 });
  property.prop([members, members, fc.constantFrom(undefined, 2)], { numRuns: 1500 })(
    'carries over members that stay',
    (before, extra, indent) => {
      const kept = Object.fromEntries(Object.entries(before).filter((_, index) => index % 2 === 0));
      const wanted = { ...kept, ...extra };
      expect(JSON.parse(editJson(JSON.stringify(before, null, indent), wanted))).toEqual(
        JSON.parse(JSON.stringify(wanted)),
      );
    },
  );
});

describe('scanJson', () => {
  it.each([
    ['{"a": 1,\n  b: 2}', 2, 3],
    ['{"a": 1,}', 1, 9],
    ['{"a": 01}', 1, 7],
    ['{"a": "x\ny"}', 1, 7],
    ['{"a": 1}\n{', 2, 1],
    ['', 1, 1],
    ['{"a": 1, "a": 2}', 1, 10],
    ['\uFEFF{}', 1, 1],
    ['{"a": NaN}', 1, 7],
  ])('says where %j is wrong', (text, line, column) => {
    try {
      scanJson(text);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(JsonSyntaxError);
      expect(error).toMatchObject({ line, column });
    }
  });

  it('survives absurd nesting and size', () => {
    expect(() => scanJson('['.repeat(1_000_000))).toThrow(JsonSyntaxError);
    expect(scanJson(`"${'x'.repeat(5_000_000)}"`).end).toBe(5_000_002);
    expect(() => scanJson(`"${'\\n'.repeat(2_000_000)}`)).toThrow(JsonSyntaxError);
  });

  property.prop(
    [fc.oneof(fc.json(), fc.string(), fc.string({ unit: fc.constantFrom(...'{}[],:"\\1e.-tfn ') }))],
    {
      numRuns: 5000,
    },
  )('accepts what JSON.parse accepts, but for a key given twice', (text) => {
    let expected: unknown;
    try {
      expected = JSON.parse(text);
    } catch {
      expect(() => scanJson(text)).toThrow(JsonSyntaxError);
      return;
    }
    try {
      expect(scanJson(text).value).toEqual(expected);
    } catch (error) {
      expect(error).toMatchObject({ message: expect.stringContaining('given twice') as string });
    }
  });
});
