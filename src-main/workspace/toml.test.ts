import { fc, test as property } from '@fast-check/vitest';
import { parse } from '@decimalturn/toml-patch';
import { describe, expect, it } from 'vitest';
import { isConsoleError } from '../../shared/errors.ts';
import { editToml, parseToml, valueAt, type TomlChange, type TomlValue } from './toml.ts';
import { scanToml } from './toml-scan.ts';

const change = (path: string, value: TomlValue | null): TomlChange => ({
  path: path.split('.') as unknown as TomlChange['path'],
  value,
});
const edit = (text: string, ...changes: TomlChange[]): string => editToml(text, changes, '/etc/agent.toml');

describe('editToml', () => {
  it('replaces a value and keeps the comment behind it, the layout and the rest', () => {
    const text = '# head\nemail   =  "old@x"   # who\n\n[acme] # table\npoll_attempts = 0x0f\n';
    expect(edit(text, change('email', 'new@x'))).toBe(text.replace('old@x', 'new@x'));
  });

  it('puts one value in place of another where both are written as it writes itself', () => {
    const text =
      '# of ops\r\n[trust]\r\npins = ["aa = [1]"] # = ["aa = [1]"]\r\n\r\n[[profiles]]\r\npins = ["aa = [1]"]';
    expect(edit(text, change('trust.pins', ['bb', 'cc']))).toBe(text.replace('["aa = [1]"]', '["bb", "cc"]'));
    expect(edit(text, change('profiles.pins', []))).toBe(text.replace(/\["aa = \[1\]"\]$/, '[]'));
    // No TOML can hold it, so it is not written.
    expect(() => edit(text, change('trust.pins', ['\ud800']))).toThrow(/toml_edit_refused/);
  });

  it('does not touch a text that already says what is wanted', () => {
    const text = "a = 0x10\r\nb = 1_000\n[acme]\nx='lit'";
    expect(edit(text, change('a', 16), change('b', 1000), change('acme.x', 'lit'))).toBe(text);
  });

  it('keeps comments inside a list', () => {
    const text = '[trust]\ntrusted_ca_sha256 = [\n  "aa", # root\n  "bb", # intermediate\n]\n# after\n';
    const edited = edit(text, change('trust.trusted_ca_sha256', ['aa', 'cc']));
    expect(edited).toContain('"aa", # root');
    expect(edited.endsWith('\n# after\n')).toBe(true);
    expect(parse(edited)).toEqual({ trust: { trusted_ca_sha256: ['aa', 'cc'] } });
  });

  it('adds a key behind the last key of its table, not behind comments that belong to what follows', () => {
    const text =
      '[acme]\npoll_attempts = 1 # tries\n\n# BEGIN bootroot managed profile: x\n[[profiles]]\na = 1\n';
    expect(edit(text, change('acme.http_responder_hmac', 's'))).toBe(
      text.replace('# tries\n', '# tries\nhttp_responder_hmac = "s"\n'),
    );
  });

  it('adds a key to a table that has none', () => {
    expect(edit('[acme] # c\n[b]\n', change('acme.x', 1))).toBe('[acme] # c\nx = 1\n[b]\n');
  });

  it('adds top-level keys above the first table and below a heading', () => {
    expect(edit('# host a\n\n[acme]\n', change('email', 'e'))).toBe('# host a\n\nemail = "e"\n\n[acme]\n');
    expect(edit('# about acme\n[acme]\n', change('email', 'e'))).toBe(
      'email = "e"\n\n# about acme\n[acme]\n',
    );
    expect(edit('a = 1 # one\n[acme]\n', change('email', 'e'))).toBe('a = 1 # one\nemail = "e"\n[acme]\n');
    expect(edit('', change('email', 'e'))).toBe('email = "e"\n');
  });

  it('makes a table that is not there at the end', () => {
    expect(edit('a = 1\n', change('trust.x', true), change('trust.y', 2))).toBe(
      'a = 1\n\n[trust]\nx = true\ny = 2\n',
    );
    expect(edit('', change('trust.x', true))).toBe('[trust]\nx = true\n');
  });

  it('keeps CRLF, a missing line break at the end, and a byte order mark', () => {
    expect(edit('a = 1\r\n[t]\r\nb = 2', change('t.c', 3), change('a', 4))).toBe(
      'a = 4\r\n[t]\r\nb = 2\r\nc = 3',
    );
    expect(edit('\uFEFFa = 1', change('b', 2))).toBe('\uFEFFa = 1\nb = 2');
    expect(edit('a = 1', change('t.c', 3))).toBe('a = 1\n\n[t]\nc = 3');
  });

  it('keeps a file with mixed line endings as it is outside the touched line', () => {
    expect(edit('a = 1\r\nb = 2\nc = 3\r\n', change('b', 5))).toBe('a = 1\r\nb = 5\nc = 3\r\n');
  });

  it('finds keys in dotted, quoted and inline form', () => {
    expect(edit('acme.x = 1 # c\nb = 1\n', change('acme.x', 2))).toBe('acme.x = 2 # c\nb = 1\n');
    expect(edit('acme.x = 1 # c\nb = 1\n', change('acme.y', 2))).toBe('acme.x = 1 # c\nacme.y = 2\nb = 1\n');
    expect(edit('["acme"]\n"x" = 1\n', change('acme.x', 2))).toBe('["acme"]\n"x" = 2\n');
    expect(parse(edit('acme = { x = 1, z = "k" } # c\n', change('acme.y', 2)))).toEqual({
      acme: { x: 1, z: 'k', y: 2 },
    });
  });

  it('is not misled by headers and hashes inside strings', () => {
    const text = 'a = """\n[acme]\n# no comment\nx = 1\n"""\nb = \'#\' # real\n';
    expect(scanToml(text).comments.map((comment) => comment.text)).toEqual(['# real']);
    expect(edit(text, change('acme.x', 2))).toBe(`${text}\n[acme]\nx = 2\n`);
  });

  it('removes a key with its line and leaves what is not there', () => {
    expect(
      edit(
        '[trust]\na = 1\nverify_certificates = true # by agent\nb = 2\n',
        change('trust.verify_certificates', null),
      ),
    ).toBe('[trust]\na = 1\nb = 2\n');
    expect(edit('a = 1\n', change('trust.x', null))).toBe('a = 1\n');
  });

  it('writes values that need escapes', () => {
    const nasty = 'a"b\\c\n\t\u0001\u007f\u2028é한 # [x]';
    expect(parse(edit('', change('k', nasty)))).toEqual({ k: nasty });
    expect(parse(edit('', change('k', [{ 'a b': ['x', 1, true], c: {} }])))).toEqual({
      k: [{ 'a b': ['x', 1, true], c: {} }],
    });
  });

  it('refuses rather than lose something', () => {
    // The table is an array here: there is no single place for the key.
    expect(() => edit('[[acme]]\nx = 1\n[[acme]]\nx = 2\n', change('acme.x', 3))).toThrow(
      /toml_edit_refused/,
    );
    expect(() => edit('acme = 1\n', change('acme.x', 3))).toThrow(/toml_edit_refused/);
  });
});

describe('parseToml', () => {
  it.each([
    ['a = ', 1, 1],
    ['a = 1\na = 2\n', 2, 1],
    ['ok = 1\n[x', 2, 3],
    ['x = """abc', 1, 0],
  ])('says where %j is wrong', (text, line, column) => {
    try {
      parseToml(text, '/etc/agent.toml');
      expect.unreachable();
    } catch (error) {
      if (!isConsoleError(error)) throw error;
      expect(error.code).toBe('toml_malformed');
      expect(error.data.params['path']).toBe('/etc/agent.toml');
      expect(error.data.params['line']).toBe(line);
      expect(error.data.params['column']).toBeGreaterThanOrEqual(column);
    }
  });

  it('survives absurd nesting', () => {
    expect(() => parseToml(`a = ${'['.repeat(100_000)}`, 'p')).toThrow(/toml_malformed/);
  });
});

const key = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/),
  fc
    .string({ minLength: 1, maxLength: 6 })
    .filter((text) => text !== '__proto__' && !/[\ud800-\udfff]/.test(text)),
);
const scalar = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.integer(),
  fc.boolean(),
  fc.integer({ min: -1e9, max: 1e9 }).map((number) => number + 0.25),
);
const comment = fc.string({ maxLength: 10 }).map((text) => `# ${text.replace(/[^ -~가-힣]/g, '.')}`);
const quoted = (text: string): string => JSON.stringify(text).replace(/\u007f/g, '\\u007f');
const literal = (value: string | number | boolean): string =>
  typeof value === 'string' ? quoted(value) : String(value);

/** Arbitrary documents as text: tables, arrays of tables, comments at every place, lists over several lines. */
const document = fc
  .record({
    newline: fc.constantFrom('\n', '\r\n'),
    final: fc.boolean(),
    sections: fc.uniqueArray(
      fc.record({
        name: key,
        kind: fc.constantFrom('root', 'table', 'array'),
        above: fc.option(comment),
        pairs: fc.uniqueArray(
          fc.record({
            name: key,
            value: scalar,
            list: fc.boolean(),
            behind: fc.option(comment),
            above: fc.option(comment),
          }),
          { maxLength: 5, selector: (pair) => pair.name },
        ),
      }),
      { maxLength: 5, selector: (section) => section.name },
    ),
  })
  .map(({ newline, final, sections }) => {
    const lines: string[] = [];
    const names = new Set<string>();
    sections.forEach((section, index) => {
      if (section.above !== null) lines.push(section.above);
      if (section.kind === 'table' || (section.kind === 'root' && index > 0))
        lines.push(`[${quoted(section.name)}]`);
      if (section.kind === 'array') lines.push(`[[${quoted(section.name)}]]`);
      for (const pair of section.pairs) {
        if (index === 0 && section.kind === 'root') names.add(pair.name);
        if (pair.above !== null) lines.push('', `  ${pair.above}`);
        const value = literal(pair.value);
        const behind = pair.behind === null ? '' : ` ${pair.behind}`;
        if (pair.list) lines.push(`${quoted(pair.name)} = [`, `  ${value},${behind}`, '  # last', ']');
        else lines.push(`${quoted(pair.name)} = ${value}${behind}`);
      }
    });
    return lines.join(newline) + (final ? newline : '');
  })
  .filter((text) => {
    try {
      parse(text);
      return true;
    } catch {
      return false;
    }
  });

describe('any document', () => {
  property.prop([document, fc.constantFrom('acme', 'trust'), key, scalar], { numRuns: 400 })(
    'reads as wanted after an edit, and every other line is the same',
    (text, table, name, value) => {
      const before = parse(text) as Record<string, unknown>;
      const now = before[table];
      fc.pre(now === undefined || (typeof now === 'object' && !Array.isArray(now)));
      const edited = editToml(text, [{ path: [table, name], value }], 'p');
      expect(valueAt(parse(edited), [table, name])).toEqual(value);
      const rest = parse(edited) as Record<string, unknown>;
      delete rest[table];
      delete before[table];
      expect(rest).toEqual(before);
      const lines = edited.split('\n');
      const lost = text
        .split('\n')
        .filter((line) => !lines.some((kept) => kept.trimEnd() === line.trimEnd()));
      // At most the lines of the one value that was replaced.
      if (valueAt(parse(text), [table, name]) === undefined) expect(lost).toEqual([]);
    },
  );

  property.prop([document], { numRuns: 400 })('can have any of its keys changed', (text) => {
    const before = parse(text) as Record<string, unknown>;
    for (const [name, value] of Object.entries(before)) {
      if (typeof value === 'object') continue;
      const edited = editToml(text, [{ path: [name], value: 'new' }], 'p');
      expect(parse(edited)).toEqual({ ...before, [name]: 'new' });
      const lines = edited.split('\n');
      const lost = text
        .split('\n')
        .filter((line) => !lines.includes(line) && !lines.includes(line.replace('\r', '')));
      expect(lost.length).toBeLessThanOrEqual(1);
      expect(scanToml(edited).comments).toHaveLength(scanToml(text).comments.length);
    }
  });

  property.prop(
    [
      fc.oneof(
        fc.string({ maxLength: 200 }),
        fc.string({ unit: fc.constantFrom(...'[]{}="\'#\n\\a1., '), maxLength: 60 }),
      ),
    ],
    {
      numRuns: 3000,
    },
  )('garbage is refused with a line or edited, and never crashes', (text) => {
    try {
      expect(valueAt(parse(editToml(text, [{ path: ['acme', 'x'], value: 1 }], 'p')), ['acme', 'x'])).toBe(1);
    } catch (error) {
      if (!isConsoleError(error)) throw error;
      expect(['toml_malformed', 'toml_edit_refused']).toContain(error.code);
    }
  });
});
