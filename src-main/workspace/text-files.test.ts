import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { caDsn, editCaConfig, parseCaConfig, withCaDsn } from './ca-json.ts';
import { buildDsn, parseDsn } from './dsn.ts';
import { editEnv, readEnv } from './env-file.ts';

const ca = `{
  "root": "/home/step/certs/root_ca.crt",
  "x-note": 1.50,
  "db": {
    "type": "postgresql",
    "dataSource": "postgresql://step:step-pass@postgres:5432/stepca?sslmode=disable",
    "badgerFileLoadingMode": ""
  },
  "authority": {
    "provisioners": [
      { "type": "ACME", "name": "acme", "x": [1,2] }
    ]
  }
}
`;

describe('ca.json', () => {
  it('gives and takes the DSN and leaves the rest', () => {
    expect(caDsn(parseCaConfig(ca, 'p'))).toContain('step-pass');
    expect(withCaDsn(ca, 'p', 'postgresql://a:b@c:1/d')).toBe(
      ca.replace(/"dataSource": "[^"]*"/, '"dataSource": "postgresql://a:b@c:1/d"'),
    );
    expect(caDsn(parseCaConfig(withCaDsn('{}', 'p', 'postgresql://a@c/d'), 'p'))).toBe('postgresql://a@c/d');
    expect(caDsn(parseCaConfig('{"db":{"type":"badgerv2","dataSource":"/x"}}', 'p'))).toBeUndefined();
  });

  it('keeps provisioners it does not understand when one is added', () => {
    const edited = editCaConfig(ca, 'p', (draft) => {
      draft.authority?.provisioners?.push({ type: 'JWK', name: 'admin' });
    });
    expect(parseCaConfig(edited, 'p').authority?.provisioners).toEqual([
      { type: 'ACME', name: 'acme', x: [1, 2] },
      { type: 'JWK', name: 'admin' },
    ]);
    expect(edited).toContain('"x-note": 1.50');
  });

  it('says where it is malformed', () => {
    expect(() => parseCaConfig('{"db": ', '/ca.json')).toThrow(/ca_json_malformed/);
    expect(() => parseCaConfig('{"db": {"dataSource": 1}}', '/ca.json')).toThrow(/ca_json_invalid/);
  });
});

describe('DSN', () => {
  it.each([
    [
      'postgresql://step:step-pass@postgres:5432/stepca?sslmode=disable',
      'step-pass',
      'postgres',
      5432,
      'stepca',
    ],
    ['postgres://u:p%40ss%2F@[::1]:5433/d', 'p@ss/', '::1', 5433, 'd'],
    // As tools without encoding have written it.
    ['postgresql://u:p@s/s:w%rd@h/d', 'p@s/s:w%rd', 'h', 5432, 'd'],
  ])('takes %s apart', (text, password, host, port, database) => {
    expect(parseDsn(text)).toMatchObject({ password, host, port, database });
  });

  it('of several servers keeps each, in order', () => {
    const text = 'postgresql://u:p%40s@db-1:5432,[::1]:5433,db-3/stepca?sslmode=verify-full';
    const dsn = parseDsn(text);
    expect(dsn).toMatchObject({ password: 'p@s', host: 'db-1', port: 5432, database: 'stepca' });
    expect(dsn.others).toEqual([
      { host: '::1', port: 5433 },
      { host: 'db-3', port: 5432 },
    ]);
    expect(buildDsn(dsn)).toBe(text.replace('db-3', 'db-3:5432'));
  });

  it('refuses what is none without repeating it', () => {
    for (const text of [
      'mysql://u:geheim@h/d',
      'host=h password=geheim',
      'postgresql://u:geheim@h:99999/d',
      '',
    ]) {
      try {
        parseDsn(text);
        expect.unreachable();
      } catch (error) {
        expect(error).toMatchObject({ code: 'dsn_malformed' });
        expect(JSON.stringify(error) + String(error)).not.toContain('geheim');
      }
    }
  });

  const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
  property.prop(
    [word, word, word, fc.integer({ min: 1, max: 65535 }), fc.constantFrom('h', '127.0.0.1', '::1', 'a.b')],
    {
      numRuns: 1000,
    },
  )('comes back as it was put together', (user, password, database, port, host) => {
    const dsn = { user, password, host, port, database, options: [['sslmode', 'disable']] as const };
    expect(parseDsn(buildDsn(dsn))).toEqual(dsn);
    expect(new URL(buildDsn(dsn)).port).toBe(port === 0 ? '' : String(port));
  });
});

describe('.env', () => {
  const text = `# compose\nPOSTGRES_USER=step\nPOSTGRES_PASSWORD="old \\"x\\"" # rotated\n\nexport GRAFANA=1\nEMPTY=\n`;

  it('reads what compose reads', () => {
    expect([...readEnv(text)]).toEqual([
      ['POSTGRES_USER', 'step'],
      ['POSTGRES_PASSWORD', 'old "x"'],
      ['GRAFANA', '1'],
      ['EMPTY', ''],
    ]);
    expect(readEnv('A=\'x # y\' # z\nB=x#y #z\nC="a\\nb"\nA=2')).toEqual(
      new Map([
        ['A', '2'],
        ['B', 'x#y'],
        ['C', 'a\nb'],
      ]),
    );
  });

  it('changes one key and keeps the others', () => {
    expect(editEnv(text, { POSTGRES_USER: 'ca' })).toBe(text.replace('=step', '=ca'));
    expect(editEnv(text, { GRAFANA: '2' })).toBe(text.replace('GRAFANA=1', 'GRAFANA=2'));
    expect(editEnv(text, { POSTGRES_USER: 'step' })).toBe(text);
    expect(editEnv(text, { EMPTY: undefined, NEW: 'a b' })).toBe(text.replace('EMPTY=\n', "NEW='a b'\n"));
    expect(editEnv('A=1', { B: '2' })).toBe('A=1\nB=2\n');
    expect(editEnv('A=1\r\nB=2\r\n', { A: '3', C: '4' })).toBe('A=3\r\nB=2\r\nC=4\r\n');
    expect(() => editEnv('', { 'A B': '1' })).toThrow(/env_name_invalid/);
  });

  const name = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,6}$/);
  property.prop(
    [
      fc.dictionary(name, fc.string({ unit: 'grapheme' }), { maxKeys: 5 }),
      name,
      fc.string({ unit: 'binary' }),
    ],
    {
      numRuns: 1000,
    },
  )('gives back any value', (others, key, value) => {
    const written = editEnv(editEnv('', others), { [key]: value });
    expect(readEnv(written)).toEqual(new Map(Object.entries({ ...others, [key]: value })));
  });
});
